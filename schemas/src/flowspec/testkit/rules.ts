/** Rules by chance: sound ones, of every component and action. */
import fc from 'fast-check';
import { formatAddress } from '../../net/address.ts';
import { components } from '../components.ts';
import type { BitTerm, FlowspecAction, FlowspecMatch, FlowspecRule, NumberRange } from '../rule.ts';

const prefix = (family: 4 | 6): fc.Arbitrary<string> => {
  const most = family === 4 ? 32 : 128;
  return fc
    .tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.integer({ min: 1, max: most }))
    .map(([noise, length]) => {
      const bytes = Uint8Array.from(noise);
      // Global unicast, so that no IPv6 prefix reads as a mapped IPv4 one.
      bytes[0] = 0x20 | (bytes[0]! & 0x1f);
      const first = family === 4 ? 96 : 0;
      if (family === 4) bytes.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
      for (let bit = first + length; bit < 128; bit++) bytes[bit >> 3]! &= ~(0x80 >> (bit & 7));
      return `${formatAddress(bytes)}/${length}`;
    })
    .filter((text) => text.includes(':') === (family === 6));
};

/** Mostly a few, now and then more than a rule has room for. */
const some = <Entry>(entry: fc.Arbitrary<Entry>): fc.Arbitrary<Entry[]> =>
  fc.oneof(
    { weight: 20, arbitrary: fc.array(entry, { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(entry, { minLength: 5, maxLength: 90, size: 'max' }) },
  );

const range = (most: number): fc.Arbitrary<NumberRange> =>
  fc.oneof(
    fc.integer({ min: 0, max: most }).map((one) => ({ from: one, to: one })),
    fc
      .tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: most }))
      .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
  );

const term = (bits: number): fc.Arbitrary<BitTerm> =>
  fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }))
    .map(([mask, value]) => ({ mask: mask & bits, value: value & mask & bits }))
    .filter(({ mask }) => mask !== 0);

const match = (family: 4 | 6): fc.Arbitrary<FlowspecMatch> => {
  const lists = components
    .filter((component) => component.kind === 'bits' || component.families.includes(family))
    .map((component) =>
      fc
        .option(
          some<NumberRange | BitTerm>(
            component.kind === 'numbers' ? range(component.most) : term(component.bits[family]),
          ),
          { nil: undefined, freq: 2 },
        )
        .map((written) => (written === undefined ? {} : { [component.name]: written })),
    );
  return fc
    .tuple(prefix(family), fc.option(prefix(family), { nil: undefined, freq: 2 }), fc.tuple(...lists))
    .map(
      ([destination, source, parts]) =>
        Object.assign(
          { family, destination },
          source === undefined ? {} : { source },
          ...parts,
        ) as FlowspecMatch,
    );
};

const number = (most: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: most });
const action: fc.Arbitrary<FlowspecAction> = fc.oneof(
  fc.constant({ type: 'discard' } as const),
  fc.integer({ min: 1, max: 1e9 }).map((bytesPerSecond) => ({ type: 'limit', bytesPerSecond }) as const),
  fc
    .integer({ min: 1, max: 1e7 })
    .map((packetsPerSecond) => ({ type: 'limitPackets', packetsPerSecond }) as const),
  number(63).map((dscp) => ({ type: 'mark', dscp }) as const),
  fc
    .tuple(number(0xffff), number(0xffff_ffff))
    .map(([as, value]) => ({ type: 'redirect', routeTarget: `${as}:${value}` }) as const),
  fc
    .tuple(fc.integer({ min: 65_536, max: 0xffff_ffff }), number(0xffff))
    .map(([as, value]) => ({ type: 'redirect', routeTarget: `${as}:${value}` }) as const),
  fc.constant({ type: 'redirectToIp', address: '192.0.2.7' } as const),
);

/** Any of them may be too long for a router: the validator says so. */
export const flowspecRules: fc.Arbitrary<FlowspecRule> = fc
  .tuple(fc.oneof(match(4), match(6)), action, fc.option(number(63), { nil: undefined, freq: 3 }))
  .map(([found, one, dscp]) => ({
    match: found,
    actions: dscp === undefined || one.type === 'mark' ? [one] : [one, { type: 'mark', dscp }],
  }));
