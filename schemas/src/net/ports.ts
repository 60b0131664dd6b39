/** Ports as people write them: one as a number, a range as `from-to`, both ends included. */
import { quote } from '../encoding/quote.ts';
import type { PortRange } from '../shapes/index.ts';

const portMax = 65_535;
const rangeForm = /^([0-9]{1,5})-([0-9]{1,5})$/;

export type PortsReading =
  | { readonly ok: true; readonly value: PortRange }
  | { readonly ok: false; readonly message: string; readonly suggestion: string | null };

/** Reads a port or a range of ports and, where it is wrong, says what was probably meant. */
export function readPorts(written: number | string): PortsReading {
  const [from, to] = endsOf(written);
  const refuse = (message: string, suggestion: string | null = null): PortsReading => ({
    ok: false,
    message,
    suggestion,
  });
  if (from === undefined || to === undefined) {
    const isNumber = /^[0-9]{1,5}$/.test(String(written));
    const message = `${quote(written)} is no port; write a number such as 179, or a range such as "27000-27050".`;
    return refuse(message, isNumber ? String(Number(written)) : null);
  }
  if (Math.min(from, to) < 1 || Math.max(from, to) > portMax)
    return refuse(`${quote(written)} is out of range; ports go from 1 to ${portMax}.`);
  if (from > to) return refuse(`${quote(written)} runs backwards.`, `${to}-${from}`);
  return { ok: true, value: { from, to } };
}

function endsOf(written: number | string): readonly (number | undefined)[] {
  if (typeof written === 'number') return Number.isInteger(written) ? [written, written] : [];
  return rangeForm.exec(written)?.slice(1).map(Number) ?? [];
}
