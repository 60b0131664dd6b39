/**
 * Reads a regular expression for payloads: RE2's syntax, over bytes.
 *
 * Promises: what is read here costs one look-up a byte, whatever the payload is (see `automaton.ts`); what cannot be
 * is refused in a few milliseconds with a sentence that says what to write instead.
 */
import { RE2JSException, RE2JSSyntaxException } from 're2js';
import { quote } from '../../encoding/quote.ts';
import { buildAutomaton, runAutomaton, statesMax, type Automaton } from './automaton.ts';
import { patternCharactersMax, profilesMax } from './bounds.ts';
import { coverOf, type Cover } from './cover.ts';

/** What is left for the payload of the 128 bytes of a packet that are sampled, behind IPv4 and UDP. */
const payloadBytesMax = 100;
/** Instructions that the repetitions of a pattern may add up to before RE2 writes them out: more never fit. */
const instructionsMax = 20_000;

export interface PayloadPattern {
  /**
   * Whether the pattern is found in the bytes from an offset on. Of a payload that was cut off, only what holds
   * whatever follows is said.
   */
  isFoundIn(bytes: Uint8Array, from: number, isWhole: boolean): boolean;
  /** What the kernel can compare, null where it is nothing. */
  readonly cover: Cover | null;
}

export type PatternReading =
  | { readonly ok: true; readonly value: PayloadPattern }
  | { readonly ok: false; readonly message: string; readonly suggestion: string | null };

/** Readings that are kept: a bundle is checked and then compiled, and the next one has mostly the same patterns. */
const keptMax = 2 * profilesMax;
const kept = new Map<string, PatternReading>();

/** Reads a pattern and, where it is wrong, says why, and what was probably meant. */
export function readPayloadPattern(written: string): PatternReading {
  const known = kept.get(written);
  if (known !== undefined) return known;
  const reading = readAnew(written);
  if (written.length > patternCharactersMax) return reading;
  const [oldest] = kept.keys();
  if (kept.size === keptMax && oldest !== undefined) kept.delete(oldest);
  kept.set(written, reading);
  return reading;
}

function readAnew(written: string): PatternReading {
  if (written.length > patternCharactersMax)
    return refuse(`The pattern has ${written.length} characters; the most is ${patternCharactersMax}.`);
  if (/[^\x20-\x7e]/.test(written)) return refuseCharacters(written);
  if (sizeOf(written) > instructionsMax) return refuseSize(written);
  try {
    const automaton = buildAutomaton(written);
    return automaton === null ? refuseSize(written) : judge(written, automaton);
  } catch (error) {
    if (error instanceof RE2JSException) return refuse(sayWhy(error, written));
    throw error;
  }
}

const refuse = (message: string, suggestion: string | null = null): PatternReading => ({
  ok: false,
  message,
  suggestion,
});

/** A YAML text in double quotes turns \xff into the letter ÿ before anybody reads it as a pattern. */
function refuseCharacters(written: string): PatternReading {
  const message =
    'A pattern is about bytes: write those outside printable ASCII as \\x and two hexadecimal digits, and put the pattern in single quotes, where YAML leaves the backslash alone.';
  const bytes = Array.from(written, (character) => character.codePointAt(0)!);
  if (bytes.some((byte) => byte > 0xff)) return refuse(message);
  const escaped = bytes.map((byte) =>
    byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return refuse(message, escaped.join(''));
}

const refuseSize = (written: string): PatternReading =>
  refuse(
    `${quote(written)} is too complex: it would have more than ${statesMax} states, or take too long to work out. Begin it with ^, shorten repetitions of . and of large classes, or split it into two profiles.`,
  );

function judge(written: string, automaton: Automaton): PatternReading {
  if (automaton.certain[0] === 1) return refuse(`${quote(written)} is found in every payload.`);
  if (automaton.dead[0] === 1) return refuse(`${quote(written)} is never found in any payload.`);
  const bytes = shortestOf(automaton);
  if (bytes > payloadBytesMax)
    return refuse(
      `${quote(written)} needs ${bytes} bytes of payload; samples hold the first ${payloadBytesMax} at the most.`,
    );
  return {
    ok: true,
    value: {
      isFoundIn: (payload, from, isWhole) => runAutomaton(automaton, payload, from, isWhole),
      cover: coverOf(automaton),
    },
  };
}

/** Bytes of the shortest text that matches. */
function shortestOf({ next, byteColumns, certain }: Automaton): number {
  const columns = byteColumns + 1;
  let states = new Set([0]);
  for (let bytes = 0; ; bytes++) {
    const isEnd = (state: number): boolean =>
      certain[state] === 1 || certain[next[state * columns + byteColumns]!] === 1;
    // No text without a loop is longer than there are states.
    if (bytes > statesMax || [...states].some(isEnd)) return bytes;
    states = new Set(
      [...states].flatMap((state) => [...next.subarray(state * columns, state * columns + byteColumns)]),
    );
  }
}

function sayWhy(error: Error, written: string): string {
  const at = error instanceof RE2JSSyntaxException ? (error.input ?? '') : '';
  if (/^\(\?<?[=!]/.test(at))
    return `${quote(written)} looks around with ${at}: the engine reads each byte once, so there is no look-ahead or look-behind. Match what comes before and after instead.`;
  if (/^\\[1-9]/.test(at))
    return `${quote(written)} refers back with ${at}: the engine reads each byte once, so there are no back-references.`;
  const what = error instanceof RE2JSSyntaxException ? error.error : error.message;
  const place = at === '' || what === 'missing closing )' ? '' : `, at ${quote(at)}`;
  return `${quote(written)} is no regular expression that RE2 reads: ${what}${place}.`;
}

/** Tokens of a pattern: escapes, classes, repetition counts, brackets, anything else. */
const tokens =
  /\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\{(\d{1,4})(?:,(\d{0,4}))?\}|[()]|./gs;

/** About how many instructions the pattern becomes: RE2 writes repetitions out, also those of repetitions. */
function sizeOf(written: string): number {
  const groups = [0];
  let last = 0;
  for (const [token, least, most] of written.matchAll(tokens)) {
    if (token === '(') groups.push(0);
    else if (token === ')' && groups.length > 1) last = groups.pop()! + 2;
    else if (least !== undefined) last *= Math.max(Number(least), Number(most ?? 0));
    else last = token.startsWith('\\Q') ? token.length : 1;
    if (token !== '(') groups[groups.length - 1]! += last;
  }
  return groups.reduce((sum, size) => sum + size);
}
