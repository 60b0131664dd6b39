/**
 * Differential fuzzing: made-up frames, and where two readings of them differ.
 *
 * The same seed gives the same frames. A difference comes with the frame, cut down to what it takes, and with both
 * results, so that it can be looked at without running anything again.
 */
import { SeededRandom } from '../../engine/generator/random.ts';
import type { Outcome, Reference } from '../reference/index.ts';
import { makeFrame } from './frames.ts';
import { frameBytesMin, mutate } from './mutate.ts';
import type { Observed, Observer } from './observe.ts';

export { createObserver } from './observe.ts';

export interface Difference {
  /** How many frames it took. */
  readonly frames: number;
  /** The frame as it was found, and cut down, as hexadecimal digits. */
  readonly found: string;
  readonly frame: string;
  readonly kernel: string;
  readonly reference: string;
}

export interface FuzzOptions {
  readonly seed: string;
  readonly frames: number;
  readonly observer: Observer;
  readonly reference: Reference;
}

/** The first difference; null where there is none. */
export function fuzz({ seed, frames, observer, reference }: FuzzOptions): Difference | null {
  const random = new SeededRandom(seed);
  const make = (): Uint8Array => makeFrame(random);
  for (let number = 1; number <= frames; number++) {
    const frame = mutate(make(), random, make);
    if (!differs(frame, observer, reference)) continue;
    const least = shrink(frame, (shorter) => differs(shorter, observer, reference));
    const expected = reference(least);
    return {
      frames: number,
      found: Buffer.from(frame).toString('hex'),
      frame: Buffer.from(least).toString('hex'),
      kernel: describe(observer.observe(least, expected.target)),
      reference: describe(expected),
    };
  }
  return null;
}

/** Whether the program and the reference read a frame differently. */
export function differs(frame: Uint8Array, observer: Observer, reference: Reference): boolean {
  const expected = reference(frame);
  return !isSame(observer.observe(frame, expected.target), expected);
}

function isSame(observed: Observed, expected: Outcome): boolean {
  return (
    observed.isDropped === expected.isDropped &&
    observed.verdict === (expected.isDropped ? 1 : 2) &&
    observed.strayPackets === 0 &&
    sameSet(observed.malformed, expected.malformed) &&
    sameSet(observed.hits, expected.hits) &&
    (expected.hits.size === 0 || observed.bytes === expected.bytes) &&
    sameCounts(observed.counts, expected.counts)
  );
}

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => {
  if (a.size !== b.size) return false;
  for (const item of a) if (!b.has(item)) return false;
  return true;
};

function sameCounts(a: Outcome['counts'], b: Outcome['counts']): boolean {
  const names = Object.keys(a) as (keyof typeof a)[];
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function describe(outcome: Observed | Outcome): string {
  const list = (set: ReadonlySet<string>): string => [...set].sort().join(' ') || 'none';
  const counts = Object.entries(outcome.counts).map(([name, value]) => `${name} ${value}`);
  const stray = 'strayPackets' in outcome ? `; elsewhere ${outcome.strayPackets}` : '';
  return `${outcome.isDropped ? 'drop' : 'pass'}; malformed ${list(outcome.malformed)}; rules ${list(outcome.hits)}; counts ${counts.sort().join(', ') || 'none'}${stray}`;
}

/** Takes out as many bytes as can go while the frame still differs, then sets as many as can be to 0. */
function shrink(frame: Uint8Array, stillDiffers: (frame: Uint8Array) => boolean): Uint8Array {
  let least = frame.slice();
  for (let size = 64; size >= 1; size >>= 1) {
    for (let at = 0; at + size <= least.length;) {
      const shorter = Uint8Array.from([...least.subarray(0, at), ...least.subarray(at + size)]);
      if (shorter.length >= frameBytesMin && stillDiffers(shorter)) least = shorter;
      else at += size;
    }
  }
  for (let at = 0; at < least.length; at++) {
    const plainer = least.slice();
    plainer[at] = 0;
    if (stillDiffers(plainer)) least = plainer;
  }
  return least;
}
