import canonicalize from 'canonicalize';
import { TidegateError } from '../errors/tidegate-error.ts';

/**
 * The canonical JSON of a value (RFC 8785): the bytes that are hashed and signed.
 *
 * Values that JSON cannot hold (NaN, infinities, lone surrogates, functions, big integers, cycles) are an error TG1014.
 */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TidegateError('TG1014', `The value cannot be written as canonical JSON: ${reason}.`, { cause });
  }
  if (text === undefined) {
    throw new TidegateError('TG1014', `A ${typeof value} cannot be written as canonical JSON.`);
  }
  return text;
}
