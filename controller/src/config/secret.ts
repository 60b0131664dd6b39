import { readFile } from 'node:fs/promises';
import { TidegateError } from '@tidegate/schemas';
import { reasonOf } from '../ports.ts';

/** The join token by its reference, `env:NAME` or `file:PATH`. Throws TG5005, never saying what the secret is. */
export async function readSecret(reference: string): Promise<string> {
  const [, scheme, rest = ''] = /^(env|file):(.+)$/.exec(reference) ?? [];
  const value = scheme === 'env' ? process.env[rest] : await readSecretFile(reference, rest);
  const secret = value?.trim() ?? '';
  if (secret.length < lengthMin) {
    const what = secret === '' ? 'missing or empty' : `shorter than ${lengthMin} characters`;
    throw new TidegateError('TG5005', `the secret ${reference} is ${what}`);
  }
  return secret;
}

/** What the enrol request asks of a join token. */
const lengthMin = 16;

async function readSecretFile(reference: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new TidegateError('TG5005', `the secret ${reference} cannot be read: ${reasonOf(cause)}`, {
      cause,
    });
  }
}
