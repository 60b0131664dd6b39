import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forensicRecord, isEmpty, isTorn, spanBefore, timeReader } from './record.ts';

const { size, fields } = forensicRecord;

function record(change: Partial<Record<keyof typeof fields, number>> = {}): DataView {
  const view = new DataView(new ArrayBuffer(size));
  const values = { frame_bytes: 60, interface: 2, captured: 60, rate_shift: 0, ...change };
  view.setBigUint64(fields.at_ns, BigInt(change.at_ns ?? 1_000), true);
  view.setUint32(fields.frame_bytes, values.frame_bytes, true);
  view.setUint16(fields.interface, values.interface, true);
  view.setUint8(fields.captured, values.captured);
  view.setUint8(fields.rate_shift, values.rate_shift);
  return view;
}

describe('which records are believed', () => {
  test('a whole one', () => {
    expect(isEmpty(record(), 0)).toBe(false);
    expect(isTorn(record(), 0)).toBe(false);
    expect(isTorn(record({ frame_bytes: 9000, captured: 128, rate_shift: 31 }), 0)).toBe(false);
  });

  test('none without a time', () => {
    expect(isEmpty(record({ at_ns: 0 }), 0)).toBe(true);
    expect(isEmpty(record({ at_ns: 2 ** 40 }), 0)).toBe(false);
  });

  test.each([
    ['more captured than the snap length', { frame_bytes: 1500, captured: 129 }],
    ['more captured than there was', { frame_bytes: 59 }],
    ['less than an Ethernet header', { captured: 13 }],
    ['no interface', { interface: 0 }],
    ['a share that cannot be', { rate_shift: 32 }],
  ])('none with %s', (_, change) => {
    expect(isTorn(record(change), 0)).toBe(true);
  });
});

describe('times', () => {
  test('are exact to the nanosecond also after a year, across the border of 32 bits', () => {
    const times = fc.bigInt({ min: 600_000_000_000n, max: 2n ** 55n });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 600_000 }), (end, agoUs) => {
        const span = spanBefore(Number(end), 600_000);
        const at = span.baseNs + BigInt(span.spanNs) - BigInt(agoUs) * 1_000n;
        const view = new DataView(new ArrayBuffer(8));
        view.setBigUint64(0, at, true);
        expect(timeReader(span)(view, 0)).toBe(span.spanNs - agoUs * 1_000);
      }),
    );
  });

  test('before and after the span fall outside of it, however far', () => {
    const span = spanBefore(2 ** 40, 1_000);
    const view = new DataView(new ArrayBuffer(8));
    for (const at of [1n, span.baseNs - 1n]) {
      view.setBigUint64(0, at, true);
      expect(timeReader(span)(view, 0)).toBeLessThan(0);
    }
    for (const at of [span.baseNs + BigInt(span.spanNs) + 1n, 2n ** 64n - 1n]) {
      view.setBigUint64(0, at, true);
      expect(timeReader(span)(view, 0)).toBeGreaterThan(span.spanNs);
    }
  });

  test('of a machine that has just started begin at 0', () => {
    expect(spanBefore(5_000_000_000, 600_000)).toEqual({ baseNs: 0n, spanNs: 5_000_000_000 });
  });
});
