import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes } from '../net/address.ts';
import { buildIndicatorSet } from './build.ts';
import { IndicatorEntries } from './entries.ts';
import { rootBit } from './format.ts';
import type { IndicatorSet } from './open.ts';
import { anyAddress, edgesOf, textFeeds, v4Entry, v6Entry } from './testkit/arbitrary.ts';
import { builtAt, bytesOf, entriesOf, NaiveSet, setOf, type TextFeed } from './testkit/naive.ts';

const feed = (action: 'count' | 'drop', ...entries: string[]): TextFeed => ({
  name: action,
  action,
  entries,
});

describe('verdicts and matches', () => {
  it.each([
    ['IPv4', v4Entry, 40],
    ['IPv6', v6Entry, 120],
    ['both families', fc.oneof(v4Entry, v6Entry), 40],
  ] as const)('are those of the naive set: %s', (_, entry, numRuns) => {
    fc.assert(
      fc.property(textFeeds(entry), fc.array(anyAddress, { maxLength: 20 }), (feeds, others) => {
        const set = setOf(feeds);
        const naive = new NaiveSet(feeds);
        const edges = feeds.flatMap(({ entries }) => entries.slice(0, 12).flatMap(edgesOf));
        const addresses = [...edges, ...others];
        const answers = (from: Pick<IndicatorSet, 'verdictOf' | 'matchesOf'>): unknown[] =>
          addresses.map((address) => [from.verdictOf(address), from.matchesOf(address)]);
        expect(answers(set)).toEqual(answers(naive));
      }),
      { numRuns },
    );
  });

  it.each(Array.from({ length: 25 }, (_, index) => index + 8))(
    'IPv4 prefixes of %i bits end where they end',
    (length) => {
      expectEdges(`45.0.0.0/${length}`);
    },
  );

  it.each(Array.from({ length: 113 }, (_, index) => index + 16))(
    'IPv6 prefixes of %i bits end where they end',
    (length) => {
      expectEdges(`2a00::/${length}`);
    },
  );

  function expectEdges(entry: string): void {
    for (const action of ['count', 'drop'] as const) {
      const set = setOf([feed(action, entry)]);
      const [first, last, before, after] = edgesOf(entry) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
      expect([before, first, last, after].map((address) => set.verdictOf(address))).toEqual([
        'none',
        action,
        action,
        'none',
      ]);
    }
  }

  it('drop wins over count, wherever either lies', () => {
    const set = setOf([
      feed('count', '45.0.0.0/8', '45.1.2.3', '2a00::/16', '2a01:2:3:4::5'),
      feed('drop', '45.1.2.0/28', '2a00:1::/48', '2a01:2:3::/48'),
    ]);
    const verdicts = ['45.1.2.3', '45.1.2.16', '2a00:1::1', '2a00:1:1::', '2a01:2:3:4::5'].map((address) =>
      set.verdictOf(addressBytes(address)),
    );
    expect(verdicts).toEqual(['drop', 'count', 'drop', 'count', 'drop']);
  });

  it('an empty set matches nothing', () => {
    for (const feeds of [[], [feed('drop')]]) {
      const set = setOf(feeds);
      expect(set.kernelBytes).toHaveLength(128);
      expect(set.someDrop).toBe(false);
      expect(set.verdictOf(addressBytes('203.0.113.7'))).toBe('none');
      expect(set.verdictOf(addressBytes('::'))).toBe('none');
      expect(set.matchesOf(addressBytes('2001:db8::1'))).toEqual([]);
    }
  });

  it('an empty lane is no address', () => {
    const set = setOf([feed('count', '1.0.0.1', '2001:db8::1', '2001:db8::/36')]);
    expect(set.verdictOf(addressBytes('0.0.0.0'))).toBe('none');
    expect(set.verdictOf(addressBytes('::'))).toBe('none');
  });
});

describe('buildIndicatorSet', () => {
  it('finds room for hosts that are counted up in networks that are counted up', () => {
    const numbers = Array.from({ length: 64 }, (_, index) => (index + 1).toString(16));
    const hosts = numbers.flatMap((network) => numbers.map((host) => `2001:db8:0:${network}::${host}`));
    const networks = numbers.flatMap((high) => numbers.map((low) => `2a01:${high}:0:${low}::/64`));
    expect(setOf([feed('count', ...hosts, ...networks)]).counts.v6).toBe(2 * 64 * 64);
  });

  it('gives the same bytes for the same feeds, also when an entry is repeated', () => {
    const entries = ['203.0.113.0/24', '198.51.100.7', '2001:db8::/48', '2001:db8::7'];
    const once = bytesOf([feed('drop', ...entries)]);
    // Four megabytes: compared as bytes, not element by element.
    const isSame = (bytes: Uint8Array): boolean => Buffer.compare(bytes, once) === 0;
    expect(isSame(bytesOf([feed('drop', ...entries)]))).toBe(true);
    expect(isSame(bytesOf([feed('drop', ...entries.toReversed(), ...entries)]))).toBe(true);
    expect(isSame(bytesOf([feed('count', ...entries)]))).toBe(false);
  });

  it('counts entries for each feed, and keeps its credit', () => {
    const { feeds, counts } = setOf([
      { ...feed('count', '1.2.3.4', '1.2.3.4', '2001:db8::/32'), credit: '© Example' },
      feed('drop', '1.2.3.4'),
    ]);
    expect(counts).toEqual({ v4: 2, v6: 1 });
    expect(feeds).toEqual([
      { name: 'count', action: 'count', entries: 2, credit: '© Example' },
      { name: 'drop', action: 'drop', entries: 1 },
    ]);
  });

  it('has bits for drop only where something drops', () => {
    const dropping = (entry: string): string[] =>
      Object.entries(setOf([feed('drop', entry), feed('count', '9.9.9.9', '2a00::9')]).layout.regions)
        .filter(([name, { lines }]) => name.endsWith('Drop') && lines > 0)
        .map(([name]) => name);
    expect(dropping('1.2.0.0/16')).toEqual(['v4CoveredDrop']);
    expect(dropping('1.2.3.4')).toEqual(['v4ExactDrop']);
    expect(dropping('1.2.3.16/28')).toEqual(['v4BlockDrop']);
    expect(dropping('2001:db8::/32')).toEqual([]);
    expect(dropping('2001:db8::/48')).toEqual(['v6PrefixDrop']);
    expect(dropping('2001:db8::1')).toEqual(['v6ExactDrop']);
  });

  it('a root names what lies below it', () => {
    const { kernelBytes, layout } = setOf([
      feed('drop', '2001:db8::/36', '2001:db8::/120', '2001:db8::1', '2001:db8::/32'),
    ]);
    const at = layout.regions.v6Root.line * 64;
    const line = new DataView(kernelBytes.buffer, kernelBytes.byteOffset + at, 64);
    const lane = [0, 8, 16, 24, 32, 40, 48, 56].find((offset) => line.getUint32(offset + 4, true) !== 0)!;
    expect(line.getUint32(lane)).toBe(0x20010db8);
    expect(line.getUint32(lane + 4, true)).toBe(
      (1 << rootBit.covered) | (1 << rootBit.coveredDrop) | (1 << 2) | (1 << 23) | (1 << rootBit.exact),
    );
  });

  it.each([
    ['2.0.0.0/7', /Feed drop: 2\.0\.0\.0\/7 is not of 8 to 32 bits/],
    ['0.1.2.3', /Feed drop: 0\.1\.2\.3\/32 lies in 0\.0\.0\.0\/8/],
    ['2000::/15', /Feed drop: 2000::\/15 is not of 16 to 128 bits/],
    ['::', /Feed drop: ::\/128 holds the unspecified address/],
    ['::/124', /Feed drop: ::\/124 holds the unspecified address/],
  ])('refuses %s and names it', (entry, message) => {
    expect(() => bytesOf([feed('drop', entry)])).toThrow(expect.objectContaining({ code: 'TG1007' }));
    expect(() => bytesOf([feed('drop', entry)])).toThrow(message);
  });

  it('refuses numbers that no text could have given', () => {
    const build = (add: (entries: IndicatorEntries) => void) => (): unknown => {
      const entries = new IndicatorEntries();
      add(entries);
      return buildIndicatorSet([{ name: 'f', action: 'count', entries }], { builtAt });
    };
    expect(build((entries) => entries.addV4(0x01020304, 24))).toThrow(
      'Feed f: 1.2.3.4/24 has host bits set.',
    );
    expect(build((entries) => entries.addV4(0x01020304, 33))).toThrow('is not of 8 to 32 bits');
    expect(build((entries) => entries.addV6(0x20010db8, 1, 0, 0, 48))).toThrow('has host bits set');
    expect(build((entries) => entries.addV6(0, 0, 0xffff, 0x01020304, 128))).toThrow('IPv4 in IPv6 clothes');
    expect(build((entries) => entries.addV6(0x20010db8, 0, 0, 0, 200))).toThrow('is not of 16 to 128 bits');
  });

  it('is bounded', () => {
    const shared = entriesOf(['1.2.3.4']);
    const feeds = Array.from({ length: 256 }, (_, index) => ({
      name: `f${index}`,
      action: 'count' as const,
      entries: shared,
    }));
    expect(() => buildIndicatorSet(feeds, { builtAt })).toThrow('at most 255 feeds; these would be 256');
    expect(() => buildIndicatorSet(feeds.slice(1), { builtAt })).not.toThrow();

    const broad = Array.from({ length: 123 }, (_, index) => `2a${index.toString(16).padStart(2, '0')}::/16`);
    expect(() => bytesOf([feed('count', ...broad)])).toThrow(expect.objectContaining({ code: 'TG1012' }));
  });
});
