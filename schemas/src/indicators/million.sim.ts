import { describe, expect, it } from 'vitest';
import { buildIndicatorSet } from './build.ts';
import { IndicatorEntries } from './entries.ts';
import { openIndicatorSet } from './open.ts';
import { builtAt } from './testkit/naive.ts';

const addresses = 1_000_000;
const prefixes = 100_000;
const seed = 0x71de6a7e;

/** Mulberry32: 32 bits from a 32-bit state. */
function generator(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

const clear = (word: number, free: number): number => word - (word % 2 ** Math.min(32, Math.max(0, free)));

describe('a million addresses and a hundred thousand prefixes', () => {
  const next = generator(seed);
  const below = (max: number): number => next() % max;
  const entries = new IndicatorEntries();
  /** Every hundredth entry's address. */
  const probes: Uint8Array[] = [];

  // Random addresses of 1.0.0.0 to 223.255.255.255; in IPv6 of 2^20 networks of 32 bits in 2000::/3.
  const v4Address = (): number => (1 + below(223)) * 2 ** 24 + (next() >>> 8);
  const v6Words = (): [number, number, number, number] => [
    (0x20000000 + (below(2 ** 20) << 9)) >>> 0,
    next(),
    next(),
    next(),
  ];
  const addV4 = (length: number): void => {
    const address = clear(v4Address(), 32 - length);
    entries.addV4(address, length);
    remember([0, 0, 0xffff, address]);
  };
  const addV6 = (length: number): void => {
    const words = v6Words().map((word, index) => clear(word, (index + 1) * 32 - length));
    const [a, b, c, d] = words as [number, number, number, number];
    entries.addV6(a, b, c, d, length);
    remember(words);
  };
  const remember = (words: readonly number[]): void => {
    if (entries.size % 100 !== 0) return;
    const bytes = new Uint8Array(16);
    words.forEach((word, index) => new DataView(bytes.buffer).setUint32(index * 4, word));
    probes.push(bytes);
  };
  for (let index = 0; index < addresses; index++)
    (index % 5 === 0 ? addV6 : addV4)(index % 5 === 0 ? 128 : 32);
  for (let index = 0; index < prefixes; index++) {
    if (index % 5 === 0) addV6(32 + below(96));
    else addV4(16 + below(16));
  }

  it('become a set that finds each of them', () => {
    const before = performance.now();
    const bytes = buildIndicatorSet([{ name: 'million', action: 'count', entries }], { builtAt });
    const buildMs = performance.now() - before;
    const opening = performance.now();
    const set = openIndicatorSet(bytes);
    const openMs = performance.now() - opening;
    const { regions, kernelLines } = set.layout;
    const lines = Object.fromEntries(Object.entries(regions).map(([name, region]) => [name, region.lines]));
    console.log(
      `${entries.size} entries: built in ${buildMs.toFixed(0)} ms, ${(bytes.length / 1e6).toFixed(1)} MB of which ` +
        `${((kernelLines * 64) / 1e6).toFixed(1)} MB for the kernel, opened in ${openMs.toFixed(1)} ms; ` +
        `lines ${JSON.stringify(lines)}`,
    );

    expect(probes).toHaveLength(11_000);
    expect(probes.filter((address) => set.verdictOf(address) !== 'count')).toEqual([]);
    expect(probes.filter((address) => set.matchesOf(address).length === 0)).toEqual([]);
    expect(set.counts.v4 + set.counts.v6).toBeLessThanOrEqual(addresses + prefixes);
    expect(set.counts.v4 + set.counts.v6).toBeGreaterThan(0.99 * (addresses + prefixes));

    // Verdict and catalog are two ways to the same answer, also for addresses that nobody listed.
    const strangers = Array.from({ length: 20_000 }, (_, index) => {
      const address = Uint8Array.from(probes[index % probes.length]!);
      address[12 + (index & 3)]! ^= 1 + below(255);
      return address;
    });
    const disagree = strangers.filter(
      (address) => (set.verdictOf(address) === 'none') !== (set.matchesOf(address).length === 0),
    );
    expect(disagree).toEqual([]);
    expect(strangers.some((address) => set.verdictOf(address) === 'none')).toBe(true);
  });
});
