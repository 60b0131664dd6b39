import { errorCatalogue } from '../errors/catalogue.ts';
import type { TidegateError } from '../errors/tidegate-error.ts';
import type { Problem } from '../shapes/index.ts';

/** An error as a problem document (RFC 9457): what went wrong, and after it what mends it. */
export function problemOf(
  { code, message }: Pick<TidegateError, 'code' | 'message'>,
  status: number,
): Problem {
  const { title, fix } = errorCatalogue[code];
  const detail = `${message.replace(/\.$/, '')}. ${fix}`;
  return { type: `urn:tidegate:error:${code}`, title, status, code, detail };
}
