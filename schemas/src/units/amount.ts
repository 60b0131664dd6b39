/**
 * Amounts as people write them, `20kpps`, `200Mbps`, `10m`, `60%`, and as programs hold them, in base units.
 *
 * One spelling of each unit is accepted; others are understood well enough to suggest the right one.
 */
import { quote } from '../encoding/quote.ts';

/** Base units: packets/s, bits/s, milliseconds, a share from 0 to 1. */
export type Unit = 'packets/s' | 'bits/s' | 'duration' | 'share';

export type AmountReading =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly message: string; readonly suggestion: string | null };

interface UnitTable {
  readonly what: string;
  readonly example: string;
  /** Base units in one of each suffix, smallest first. */
  readonly suffixes: Readonly<Record<string, number>>;
  /** Decimal places between the suffix and the base unit. */
  readonly decimals: number;
  /** What people write instead, in lower case. */
  readonly aliases: Readonly<Record<string, string>>;
}

const tables: Readonly<Record<Unit, UnitTable>> = {
  'packets/s': {
    what: 'a packet rate',
    example: '20kpps',
    suffixes: { pps: 1, kpps: 1e3, Mpps: 1e6, Gpps: 1e9 },
    decimals: 0,
    aliases: { '': 'pps', 'p/s': 'pps', k: 'kpps', 'kp/s': 'kpps', m: 'Mpps', 'mp/s': 'Mpps', g: 'Gpps' },
  },
  'bits/s': {
    what: 'a bit rate',
    example: '200Mbps',
    suffixes: { bps: 1, kbps: 1e3, Mbps: 1e6, Gbps: 1e9, Tbps: 1e12 },
    decimals: 0,
    aliases: {
      '': 'bps',
      'bit/s': 'bps',
      k: 'kbps',
      'kbit/s': 'kbps',
      kbit: 'kbps',
      m: 'Mbps',
      'mbit/s': 'Mbps',
      mbit: 'Mbps',
      g: 'Gbps',
      'gbit/s': 'Gbps',
      gbit: 'Gbps',
      t: 'Tbps',
      'tbit/s': 'Tbps',
      tbit: 'Tbps',
    },
  },
  duration: {
    what: 'a duration',
    example: '10m',
    suffixes: { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 },
    decimals: 0,
    aliases: {
      '': 's',
      msec: 'ms',
      millis: 'ms',
      sec: 's',
      secs: 's',
      second: 's',
      seconds: 's',
      min: 'm',
      mins: 'm',
      minute: 'm',
      minutes: 'm',
      hr: 'h',
      hour: 'h',
      hours: 'h',
      day: 'd',
      days: 'd',
    },
  },
  share: {
    what: 'a percentage',
    example: '60%',
    suffixes: { '%': 1 },
    decimals: 2,
    aliases: { '': '%', percent: '%' },
  },
};

/** The pattern of a unit's spelling, for JSON Schema. */
export const amountPattern = (unit: Unit): string =>
  `^[0-9]{1,9}(\\.[0-9]{1,3})?(${Object.keys(tables[unit].suffixes).join('|')})$`;

/** An amount of the unit, as an example to follow. */
export const amountExample = (unit: Unit): string => tables[unit].example;

/** Reads an amount and, where it is wrong, says what was probably meant. A number without a unit is refused. */
export function readAmount(unit: Unit, written: unknown): AmountReading {
  if (typeof written === 'number') return refuseNumber(unit, written);
  const value = typeof written === 'string' ? valueOf(unit, written) : null;
  if (value !== null) return { ok: true, value };
  const { suffixes, what, example } = tables[unit];
  const message = `${quote(written)} is not ${what}; write a number and one of ${Object.keys(suffixes).join(', ')}, such as ${example}.`;
  return { ok: false, message, suggestion: typeof written === 'string' ? respell(unit, written) : null };
}

const amountForm = /^([0-9]{1,9})(?:\.([0-9]{1,3}))?([a-zA-Z%]+)$/;

/** The amount in base units, or null where it is not spelt as one. */
function valueOf(unit: Unit, text: string): number | null {
  const { suffixes, decimals } = tables[unit];
  const [, whole, fraction = '', suffix] = amountForm.exec(text) ?? [];
  if (whole === undefined || suffix === undefined || !Object.hasOwn(suffixes, suffix)) return null;
  // Whole numbers first, one division last: 20.7kpps is 20700 and not 20699.999….
  return (Number(whole + fraction) * suffixes[suffix]!) / 10 ** (fraction.length + decimals);
}

function refuseNumber(unit: Unit, written: number): AmountReading {
  const message = `${written} has no unit; write ${tables[unit].what} such as ${tables[unit].example}.`;
  // A share of one or less was meant as one; every other number in the unit that people leave out.
  const isShare = unit === 'share' && written <= 1;
  return {
    ok: false,
    message,
    suggestion: isShare ? suggest(unit, written) : respell(unit, String(written)),
  };
}

/** The amount as it would be accepted, or null: what is negative or has too many digits has no right spelling. */
function suggest(unit: Unit, value: number): string | null {
  const text = formatAmount(unit, value);
  return valueOf(unit, text) === null ? null : text;
}

/** The right spelling of an amount with a near miss of a unit, or null. */
function respell(unit: Unit, written: string): string | null {
  const [, number, tail = ''] = /^\s*([0-9]{1,15}(?:\.[0-9]{1,3})?)\s*([a-z/%]*)\s*$/i.exec(written) ?? [];
  if (number === undefined) return null;
  const { suffixes, aliases, decimals } = tables[unit];
  const lower = tail.toLowerCase();
  const suffix = Object.keys(suffixes).find((known) => known.toLowerCase() === lower) ?? aliases[lower];
  if (suffix === undefined) return null;
  return suggest(unit, (Number(number) * suffixes[suffix]!) / 10 ** decimals);
}

/**
 * Writes an amount in base units with the largest suffix that keeps it a whole number: 20000 packets/s is `20kpps`, 90 s
 * is `90s`. What no suffix makes whole is rounded to three decimals.
 */
export function formatAmount(unit: Unit, value: number): string {
  const { suffixes, decimals } = tables[unit];
  // What a product of decimals leaves behind in the twelfth digit is no part of the amount.
  const scaled = Number((value * 10 ** decimals).toPrecision(12));
  const largestFirst = Object.entries(suffixes).reverse();
  const [smallest = ['', 1]] = Object.entries(suffixes);
  const isShort = (count: number): boolean => count >= 1 && count < 1e9;
  const [suffix, size] =
    largestFirst.find(([, size]) => Number.isInteger(scaled / size) && isShort(scaled / size)) ??
    largestFirst.find(([, size]) => isShort(scaled / size)) ??
    smallest;
  return `${Math.round((scaled / size) * 1000) / 1000}${suffix}`;
}
