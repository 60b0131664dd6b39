import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes } from '../net/address.ts';
import { openIndicatorSet } from './open.ts';
import { edgesOf } from './testkit/arbitrary.ts';
import { bytesOf, NaiveSet, type TextFeed } from './testkit/naive.ts';

const v6Feeds: readonly TextFeed[] = [
  {
    name: 'counted',
    action: 'count',
    credit: 'Example',
    entries: ['2001:db8::/32', ...Array.from({ length: 90 }, (_, index) => `2a00:${index.toString(16)}::7`)],
  },
  { name: 'dropped', action: 'drop', entries: ['2001:db8:7::/48', '2001:db8::1', '2a00::/20'] },
];
const v4Feeds: readonly TextFeed[] = [
  {
    name: 'counted',
    action: 'count',
    entries: Array.from({ length: 200 }, (_, index) => `198.51.100.${index}`),
  },
  { name: 'dropped', action: 'drop', entries: ['203.0.113.0/24', '45.1.2.16/28', '45.1.2.77'] },
];
const feedsOf = { v4: v4Feeds, v6: v6Feeds, both: [...v4Feeds, ...v6Feeds] } as const;
const built = { v4: bytesOf(feedsOf.v4), v6: bytesOf(feedsOf.v6), both: bytesOf(feedsOf.both) };

const addressesOf = (feeds: readonly TextFeed[]): Uint8Array[] =>
  feeds.flatMap(({ entries }) =>
    entries.flatMap((entry) =>
      edgesOf(entry.includes('/') ? entry : `${entry}/${entry.includes(':') ? 128 : 32}`),
    ),
  );

/** An error of ours, or the right answer for every address; anything else fails the test. */
function refusedOrRight(bytes: Uint8Array, feeds: readonly TextFeed[]): 'refused' | 'right' {
  let set;
  try {
    set = openIndicatorSet(bytes);
  } catch (error) {
    expect(error).toMatchObject({ name: 'TidegateError', code: 'TG2015' });
    return 'refused';
  }
  const naive = new NaiveSet(feeds);
  const addresses = addressesOf(feeds);
  expect(addresses.map((address) => set.verdictOf(address))).toEqual(
    addresses.map((address) => naive.verdictOf(address)),
  );
  return 'right';
}

describe('openIndicatorSet', () => {
  it('tells addresses from prefixes', () => {
    const countIn = (bytes: Uint8Array): number => openIndicatorSet(bytes).countAddresses();
    expect([countIn(built.v4), countIn(built.v6), countIn(built.both)]).toEqual([201, 91, 292]);
  });

  it('reads in place: views that begin anywhere, a DataView, shared memory', () => {
    const naive = new NaiveSet(v6Feeds);
    const shifted = new Uint8Array(built.v6.length + 3);
    shifted.set(built.v6, 3);
    const shared = new Uint8Array(new SharedArrayBuffer(built.v6.length));
    shared.set(built.v6);
    const views = [shifted.subarray(3), new DataView(shifted.buffer, 3), shared];
    for (const view of views) {
      const set = openIndicatorSet(view);
      expect(set.kernelBytes.buffer).toBe(view.buffer);
      expect(set.kernelBytes.length % 64).toBe(0);
      expect(Buffer.compare(set.kernelBytes, built.v6.subarray(0, set.kernelBytes.length))).toBe(0);
      const addresses = addressesOf(v6Feeds);
      expect(addresses.map((address) => set.matchesOf(address))).toEqual(
        addresses.map((address) => naive.matchesOf(address)),
      );
    }
  });

  it('takes addresses of 16 bytes only', () => {
    const set = openIndicatorSet(built.v6);
    expect(() => set.verdictOf(new Uint8Array(4))).toThrow('An address has 16 bytes, but 4 were given.');
    expect(() => set.matchesOf(new Uint8Array(17))).toThrow(expect.objectContaining({ code: 'TG1007' }));
  });

  it.each(['v6', 'both'] as const)('a file cut anywhere is refused: %s', (name) => {
    const bytes = built[name];
    const cuts = [
      ...Array(200).keys(),
      ...Array.from({ length: 200 }, (_, index) => bytes.length - 1 - index),
    ];
    for (const length of cuts.filter((cut) => cut < bytes.length)) {
      expect(() => openIndicatorSet(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'TG2015' }),
      );
    }
  });

  it('a file with more behind it is refused', () => {
    const longer = new Uint8Array(built.v6.length + 8);
    longer.set(built.v6);
    expect(() => openIndicatorSet(longer)).toThrow('or it was cut');
  });
});

describe('a file whose bytes were changed', () => {
  const values = [0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

  it.each(['v4', 'v6', 'both'] as const)(
    'is refused whatever happens to a word of the header: %s',
    (name) => {
      const bytes = Uint8Array.from(built[name]);
      const view = new DataView(bytes.buffer);
      for (let word = 0; word < 32; word++) {
        const own = view.getUint32(word * 4, true);
        const others = [...values, own + 1, own - 1, own * 2, own ^ 0x10000].map((value) => value >>> 0);
        const outcomes = others
          .filter((value) => value !== own)
          .map((value) => {
            view.setUint32(word * 4, value, true);
            return [value, refusedOrRight(bytes, feedsOf[name])];
          });
        expect([word, outcomes]).toEqual([word, outcomes.map(([value]) => [value, 'refused'])]);
        view.setUint32(word * 4, own, true);
      }
      expect(refusedOrRight(bytes, feedsOf[name])).toBe('right');
    },
  );

  it('is refused, or read without leaving it, whatever byte was changed', () => {
    const every = addressesOf(v6Feeds).filter((_, index) => index % 8 === 0);
    const probes = [...every, addressBytes('203.0.113.7')];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(built.v6.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const bytes = Uint8Array.from(built.v6);
          for (const [at, value] of changes) bytes[at] = value;
          try {
            const set = openIndicatorSet(bytes);
            for (const address of probes) {
              set.verdictOf(address);
              set.matchesOf(address);
            }
          } catch (error) {
            expect(error).toMatchObject({ code: 'TG2015' });
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is refused, or read without leaving it, when all of it is random behind a good header', () => {
    const headerAndText = 128;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (noise) => {
        const bytes = Uint8Array.from(built.v6);
        const { kernelBytes } = openIndicatorSet(built.v6);
        for (let at = headerAndText; at < kernelBytes.length; at++) bytes[at] = noise[at % 64]! ^ (at >>> 6);
        try {
          const set = openIndicatorSet(bytes);
          for (const address of addressesOf(v6Feeds)) set.verdictOf(address);
        } catch (error) {
          expect(error).toMatchObject({ code: 'TG2015' });
        }
      }),
    );
  });

  it.each([
    ['magic', (view: DataView) => view.setUint32(0, 0x32494754, true), 'does not begin with TGI1'],
    ['version', (view: DataView) => view.setUint32(4, 2, true), 'has version 2, and this is version 1'],
    [
      'reserved word',
      (view: DataView) => view.setUint32(25 * 4, 1, true),
      'word 25 of its header is not zero',
    ],
    ['flags', (view: DataView) => view.setUint32(60, 2, true), 'flags that have no meaning'],
    ['drop', (view: DataView) => view.setUint32(60, 0, true), 'disagree about the verdict drop'],
    ['seed', (view: DataView) => view.setUint32(12, 7, true), 'does not have an entry that its catalog has'],
  ] as const)('says what is wrong: %s', (_, change, message) => {
    const bytes = Uint8Array.from(built.v6);
    change(new DataView(bytes.buffer));
    expect(() => openIndicatorSet(bytes)).toThrow(message);
  });

  it.each([
    ['"tidegate/indicator-set/v1"', '"tidegate/indicator-set/v2"', 'is not of tidegate/indicator-set/v1'],
    ['"action":"count"', '"action":"block"', 'does not have its shape'],
    ['"name":"counted"', '"nome":"counted"', 'does not have its shape'],
    ['"credit":"Example"', '"cradit":"Example"', 'keys that this version does not know'],
    ['"v4":0', '"v4":1', 'another number of entries'],
    ['"feeds":[', '"feeds":{', 'is not JSON'],
    ['Example', 'Exampl\u00ff', 'is not UTF-8'],
  ])('says what is wrong with its catalog: %s for %s', (from, to, message) => {
    const text = Buffer.from(built.v6).toString('latin1');
    expect(text).toContain(from);
    const bytes = Uint8Array.from(Buffer.from(text.replace(from, to), 'latin1'));
    expect(() => openIndicatorSet(bytes)).toThrow(message);
  });

  it('a record of a feed that is not there is refused when it is met', () => {
    const bytes = Uint8Array.from(built.v6);
    // The feed of the second record: not among the entries that are tried at once when there are more than 64.
    const view = new DataView(bytes.buffer);
    const at = bytes.length - 24 * 93 + 24 + 17;
    view.setUint8(at, 9);
    const address = bytes.slice(at - 17, at - 1);
    const meet = (): unknown => openIndicatorSet(bytes).matchesOf(address);
    expect(meet).toThrow(expect.objectContaining({ code: 'TG2015' }));
  });
});
