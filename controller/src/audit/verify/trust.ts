import { readFile } from 'node:fs/promises';
import { check, TidegateError, type Trust } from '@tidegate/schemas';
import { reasonOf } from '../../ports.ts';

/** Reads the public keys to verify against. Throws TG5003 where they cannot be read or are not `trust.json`. */
export async function readTrust(path: string): Promise<Trust> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new TidegateError('TG5003', `the keys ${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  const checked = check('trust', value);
  if (checked.ok) return checked.value;
  const [{ path: place, message }] = checked.problems;
  throw new TidegateError('TG5003', `${path} is no trust.json: ${place} ${message}`);
}
