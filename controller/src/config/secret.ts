import { readFile } from 'node:fs/promises';
import { TidegateError } from '@tidegate/schemas';
import { reasonOf } from '../ports.ts';

/**
 * A secret by its reference, `env:NAME` or `file:PATH`. Throws TG5005, never saying what the secret is.
 *
 * @param lengthMin Least characters.
 */
export async function readSecret(reference: string, lengthMin: number): Promise<string> {
  const [, scheme, rest = ''] = /^(env|file):(.+)$/.exec(reference) ?? [];
  const value = scheme === 'env' ? process.env[rest] : await readSecretFile(reference, rest);
  const secret = value?.trim() ?? '';
  if (secret.length < lengthMin) {
    const what = secret === '' ? 'missing or empty' : `shorter than ${lengthMin} characters`;
    throw new TidegateError('TG5005', `the secret ${reference} is ${what}`);
  }
  return secret;
}

/** A secret that a policy refers to. Throws TG5005 where the configuration does not let a policy have it. */
export async function readPolicySecret(reference: string, allowed: readonly string[]): Promise<string> {
  if (!allowed.includes(reference)) {
    throw new TidegateError(
      'TG5005',
      `the policy refers to the secret ${reference}, which policySecrets of the controller does not list`,
    );
  }
  return await readSecret(reference, 1);
}

async function readSecretFile(reference: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new TidegateError('TG5005', `the secret ${reference} cannot be read: ${reasonOf(cause)}`, {
      cause,
    });
  }
}
