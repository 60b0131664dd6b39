/** From a pattern to bytes that the kernel can compare: what every text that matches has in common. */
import type { Automaton } from './automaton.ts';

/** What a rule of the kernel compares, bytes. */
const windowBytes = 16;
/** How far into the text it is looked, bytes. */
const positionsMax = 64;

export interface Cover {
  /** Where the bytes lie, from the first of the text on. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Which bits of them are the same in every text that matches. */
  readonly mask: Uint8Array;
  /** Whether every text with these bits matches, too. */
  readonly isExact: boolean;
}

/** One byte of a text: what all that are allowed have in common, and whether that is all that is asked of them. */
interface Place {
  readonly value: number;
  readonly mask: number;
  readonly isExact: boolean;
}

/** Null where texts that match have nothing in common, as with a pattern that begins anywhere. */
export function coverOf(automaton: Automaton): Cover | null {
  const { places, isExact } = commonPlaces(automaton);
  const { offset, bits } = bestWindow(places);
  if (bits === 0) return null;
  const window = trimmed(places.slice(offset, offset + windowBytes));
  const first = offset + window.leading;
  const isAll = bits === bitsIn(places);
  return {
    offset: first,
    bytes: Uint8Array.from(window.places, ({ value }) => value),
    mask: Uint8Array.from(window.places, ({ mask }) => mask),
    isExact: isExact && isAll && first + window.places.length === places.length,
  };
}

/** Walks all texts that can still match at once, as long as none of them may end. */
function commonPlaces(automaton: Automaton): { places: Place[]; isExact: boolean } {
  const { certain, dead, next, byteColumns } = automaton;
  const places: Place[] = [];
  let states = new Set([0]);
  let isExact = true;
  const mayEnd = (state: number): boolean =>
    certain[state] === 1 || certain[next[state * (byteColumns + 1) + byteColumns]!] === 1;
  while (places.length < positionsMax && dead[0] === 0 && ![...states].some(mayEnd)) {
    const steps = [...states].map((state) => stepsFrom(automaton, state));
    const place = commonOf(steps.map(({ bytes }) => bytes));
    isExact &&= place.isExact;
    places.push(place);
    states = new Set(steps.flatMap(({ to }) => to));
  }
  return { places, isExact: isExact && [...states].every((state) => certain[state] === 1) };
}

/** Bytes that a state lets pass, and where they lead. */
function stepsFrom(
  { columnOf, byteColumns, next, dead }: Automaton,
  state: number,
): { bytes: number[]; to: number[] } {
  const leadsOn = (column: number): boolean => dead[next[state * (byteColumns + 1) + column]!] === 0;
  const bytes = [...columnOf.keys()].filter((byte) => leadsOn(columnOf[byte]!));
  const columns = new Set(bytes.map((byte) => columnOf[byte]!));
  return { bytes, to: [...columns].map((column) => next[state * (byteColumns + 1) + column]!) };
}

function commonOf(allowed: readonly (readonly number[])[]): Place {
  const bytes = allowed.flat();
  const value = bytes[0] ?? 0;
  const mask = bytes.reduce((same, byte) => same & ~(byte ^ value), 0xff);
  // A state that lets so many different bytes pass lets all pass that have the common bits.
  const free = 2 ** (8 - bitsOf(mask));
  return { value: value & mask, mask, isExact: allowed.every(({ length }) => length === free) };
}

const bitsOf = (byte: number): number => byte.toString(2).replaceAll('0', '').length;
const bitsIn = (places: readonly Place[]): number => places.reduce((sum, { mask }) => sum + bitsOf(mask), 0);

function bestWindow(places: readonly Place[]): { offset: number; bits: number } {
  let best = { offset: 0, bits: 0 };
  for (let offset = 0; offset < places.length; offset++) {
    const bits = bitsIn(places.slice(offset, offset + windowBytes));
    if (bits > best.bits) best = { offset, bits };
  }
  return best;
}

/** Without bytes at the beginning that nothing is asked of; those at the end say how long the text is at the least. */
function trimmed(places: readonly Place[]): { leading: number; places: readonly Place[] } {
  const leading = places.findIndex(({ mask }) => mask !== 0);
  return { leading, places: places.slice(leading) };
}
