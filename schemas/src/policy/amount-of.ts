import { TidegateError } from '../errors/tidegate-error.ts';
import { readAmount, type Unit } from '../units/amount.ts';

/** An amount of a document in order, in base units. Throws TG1015 where it is not one. */
export function amountOf(unit: Unit, written: string): number {
  const reading = readAmount(unit, written);
  if (!reading.ok) throw new TidegateError('TG1015', reading.message);
  return reading.value;
}
