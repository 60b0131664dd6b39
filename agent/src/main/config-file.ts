import { readFileSync } from 'node:fs';
import { TidegateError } from '@tidegate/schemas';

/** The text of a configuration file. Throws TG5003 where it cannot be read. */
export function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `${path}: no such file; pass --config FILE` : message;
    throw new TidegateError('TG5003', why, { cause });
  }
}
