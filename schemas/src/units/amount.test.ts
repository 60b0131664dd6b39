import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountExample, amountPattern, formatAmount, readAmount, type Unit } from './amount.ts';

const units: readonly Unit[] = ['packets/s', 'bits/s', 'duration', 'share'];

describe('readAmount', () => {
  it.each([
    ['packets/s', '20kpps', 20_000],
    ['packets/s', '20.7kpps', 20_700],
    ['packets/s', '3Mpps', 3_000_000],
    ['packets/s', '1.5Gpps', 1.5e9],
    ['packets/s', '7pps', 7],
    ['bits/s', '200Mbps', 2e8],
    ['bits/s', '10Gbps', 1e10],
    ['bits/s', '0.1Tbps', 1e11],
    ['duration', '0s', 0],
    ['duration', '300ms', 300],
    ['duration', '1.5m', 90_000],
    ['duration', '2h', 7_200_000],
    ['duration', '1d', 86_400_000],
    ['share', '60%', 0.6],
    ['share', '57%', 0.57],
    ['share', '12.5%', 0.125],
  ] as const)('%s %s is %d', (unit, text, value) => {
    expect(readAmount(unit, text)).toEqual({ ok: true, value });
  });

  it.each([
    ['packets/s', 20_000, '20kpps'],
    ['packets/s', '20000', '20kpps'],
    ['packets/s', '20Kpps', '20kpps'],
    ['packets/s', '20 kpps', '20kpps'],
    ['packets/s', '3mpps', '3Mpps'],
    ['packets/s', '3M', '3Mpps'],
    ['packets/s', '20k', '20kpps'],
    ['packets/s', '20kbps', null],
    ['bits/s', 200_000_000, '200Mbps'],
    ['bits/s', '200mbit/s', '200Mbps'],
    ['bits/s', '10G', '10Gbps'],
    ['bits/s', '10GB', null],
    ['duration', 90, '90s'],
    ['duration', 600, '10m'],
    ['duration', '10 min', '10m'],
    ['duration', '2 hours', '2h'],
    ['duration', '1h30m', null],
    ['share', 0.6, '60%'],
    ['share', 60, '60%'],
    ['share', '60', '60%'],
    ['share', '60 percent', '60%'],
    ['share', 1_000_000_000, null],
    ['share', -0.5, null],
    ['packets/s', -5, null],
    ['bits/s', 'fast', null],
    ['bits/s', '-1Mbps', null],
    ['bits/s', '1e3Mbps', null],
    ['bits/s', Number.NaN, null],
    ['bits/s', null, null],
    ['bits/s', '', null],
  ] as const)('%s %s is refused; suggestion %s', (unit, written, suggestion) => {
    const reading = readAmount(unit, written);
    expect(reading).toMatchObject({ ok: false, suggestion });
    expect(!reading.ok && reading.message).toContain(amountExample(unit));
  });

  it('a suggestion is always accepted, and means the same as the message says', () => {
    const written = fc.oneof(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc
        .tuple(
          fc.nat(99_999),
          fc.constantFrom('', 'k', 'K', 'm', 'M', 'g', 'Mbit', 'sec', ' min', '%', 'PPS'),
        )
        .map(([n, unit]) => `${n}${unit}`),
    );
    fc.assert(
      fc.property(fc.constantFrom(...units), written, (unit, text) => {
        const reading = readAmount(unit, text);
        if (!reading.ok && reading.suggestion !== null)
          expect(readAmount(unit, reading.suggestion)).toMatchObject({ ok: true });
      }),
    );
  });

  it('accepts exactly what the pattern in the JSON Schema accepts', () => {
    const text = fc
      .tuple(
        fc.constantFrom('1', '20', '1.5', '0.125', '1.2345', '', '.5', '1234567890'),
        fc.constantFrom('pps', 'kpps', 'Mpps', 'Mbps', 'ms', 's', 'm', 'h', 'd', '%', 'KPPS', '', ' s'),
      )
      .map(([number, suffix]) => number + suffix);
    fc.assert(
      fc.property(fc.constantFrom(...units), text, (unit, written) => {
        expect(readAmount(unit, written).ok).toBe(new RegExp(amountPattern(unit)).test(written));
      }),
    );
  });

  it('keeps a long text out of its message', () => {
    const reading = readAmount('duration', 'x'.repeat(100_000));
    expect(!reading.ok && reading.message.length).toBeLessThan(300);
  });
});

describe('formatAmount', () => {
  it.each([
    ['packets/s', 20_000, '20kpps'],
    ['packets/s', 20_500, '20500pps'],
    ['packets/s', 20.5, '20.5pps'],
    ['packets/s', 999, '999pps'],
    ['bits/s', 1e15, '1000Tbps'],
    ['duration', 90_000, '90s'],
    ['duration', 90_001, '90001ms'],
    ['duration', 0, '0ms'],
    ['share', 0.05, '5%'],
    ['share', 1, '100%'],
    ['share', 0.57, '57%'],
  ] as const)('%s %d is %s', (unit, value, text) => {
    expect(formatAmount(unit, value)).toBe(text);
  });

  it('is read back as the same amount', () => {
    fc.assert(
      fc.property(fc.constantFrom('packets/s', 'bits/s', 'duration'), fc.nat(1e9), (unit, value) => {
        expect(readAmount(unit, formatAmount(unit, value))).toEqual({ ok: true, value });
      }),
    );
  });
});
