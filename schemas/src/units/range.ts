/** A whole number, or a range of them as `from-to`, both ends included, as people write them. */
import { quote } from '../encoding/quote.ts';

export interface WholeRange {
  readonly from: number;
  readonly to: number;
}

/** What the numbers are, for messages. */
export interface RangeForm {
  /** One of them, such as `port`; the plural ends in s. */
  readonly what: string;
  readonly min: number;
  readonly max: number;
  /** A number, and a range, to follow. */
  readonly examples: readonly [string, string];
}

export type RangeReading =
  | { readonly ok: true; readonly value: WholeRange }
  | { readonly ok: false; readonly message: string; readonly suggestion: string | null };

const rangeText = /^([0-9]{1,10})-([0-9]{1,10})$/;

/** Reads a number or a range and, where it is wrong, says what was probably meant. */
export function readRange({ what, min, max, examples }: RangeForm, written: number | string): RangeReading {
  const [from, to] = endsOf(written);
  const refuse = (message: string, suggestion: string | null = null): RangeReading => ({
    ok: false,
    message,
    suggestion,
  });
  if (from === undefined || to === undefined) {
    const isNumber = /^[0-9]{1,10}$/.test(String(written));
    const message = `${quote(written)} is no ${what}; write a number such as ${examples[0]}, or a range such as "${examples[1]}".`;
    return refuse(message, isNumber ? String(Number(written)) : null);
  }
  if (Math.min(from, to) < min || Math.max(from, to) > max)
    return refuse(`${quote(written)} is out of range; ${what}s go from ${min} to ${max}.`);
  if (from > to) return refuse(`${quote(written)} runs backwards.`, `${to}-${from}`);
  return { ok: true, value: { from, to } };
}

function endsOf(written: number | string): readonly (number | undefined)[] {
  if (typeof written === 'number') return Number.isInteger(written) ? [written, written] : [];
  return rangeText.exec(written)?.slice(1).map(Number) ?? [];
}
