/** Values that people write with a unit or as a prefix. `x-tidegate` says how they are read beyond their pattern. */
import { Type } from 'typebox';
import { amountExample, amountPattern, type Unit } from '../../units/amount.ts';
import { patternCharactersMax } from '../../policy/profile/bounds.ts';
import type { RangeForm } from '../../units/range.ts';
import { Cidr } from '../common.ts';

interface Bounds {
  /** Inclusive, in base units (packets/s, bits/s, ms, a share from 0 to 1). */
  readonly min: number;
  readonly max: number;
  /** Text that stands for the value where it is left out. */
  readonly default?: string;
}

const Amount = (unit: Unit, description: string, { min, max, ...rest }: Bounds) =>
  Type.String({
    pattern: amountPattern(unit),
    'x-tidegate': { unit, min, max },
    description,
    examples: [amountExample(unit)],
    ...rest,
  });

const dayMs = 86_400_000;

/** From 1 to 10^12 packets/s unless told otherwise. */
export const PacketRate = (description: string, bounds: Partial<Bounds> = {}) =>
  Amount('packets/s', description, { min: 1, max: 1e12, ...bounds });
/** From 1 bit/s unless told otherwise. */
export const BitRate = (description: string, min = 1) => Amount('bits/s', description, { min, max: 1e15 });

/** From 0 to 7 days unless told otherwise, in whole milliseconds. */
export const Duration = (description: string, bounds: Partial<Bounds> = {}) =>
  Amount('duration', description, { min: 0, max: 7 * dayMs, ...bounds });

export const Share = (description: string, bounds: Bounds) => Amount('share', description, bounds);

/** A port as a number, or a range of ports as text. */
export const Ports = (description: string) =>
  Type.Union(
    [
      Type.Integer({ minimum: 1, maximum: 65_535, description: 'One port.' }),
      Type.String({
        pattern: '^[0-9]{1,5}-[0-9]{1,5}$',
        description: 'A range of ports, both ends included, such as "27000-27050".',
      }),
    ],
    { 'x-tidegate': { form: 'ports' }, description },
  );

/** A whole number, or a range of them as text. */
export const NumberRange = (description: string, form: RangeForm) =>
  Type.Union(
    [
      Type.Integer({ minimum: form.min, maximum: form.max, description: `One ${form.what}.` }),
      Type.String({
        pattern: '^[0-9]{1,10}-[0-9]{1,10}$',
        description: `A range of ${form.what}s, both ends included, such as "${form.examples[1]}".`,
      }),
    ],
    { 'x-tidegate': { form: 'range', ...form }, description },
  );

/** A regular expression over the bytes of a payload. */
export const PayloadRegex = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: patternCharactersMax,
    'x-tidegate': { form: 'pattern' },
    description,
  });

export const Prefix = Type.String({
  ...Cidr,
  'x-tidegate': { form: 'cidr' },
  description: 'An IPv4 or IPv6 prefix without host bits, such as 203.0.113.0/24 or 2001:db8:10::/48.',
});
