/** Ports as people write them: one as a number, a range as `from-to`, both ends included. */
import { readRange, type RangeForm, type RangeReading } from '../units/range.ts';

const ports: RangeForm = {
  what: 'port',
  min: 1,
  max: 65_535,
  examples: ['179', '27000-27050'],
};

/** Reads a port or a range of ports and, where it is wrong, says what was probably meant. */
export const readPorts = (written: number | string): RangeReading => readRange(ports, written);
