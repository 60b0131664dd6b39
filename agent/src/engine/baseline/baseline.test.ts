import { TidegateError } from '@tidegate/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';
import { featureOf } from './feature.ts';
import { Baseline } from './index.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const monday = Date.UTC(2026, 0, 5);
const target = '203.0.113.7';
const features = ['packets@1s', 'udp@1s', 'udpShare@10s'];

interface Seen {
  readonly baseline?: Baseline;
  readonly name?: string;
  readonly from?: number;
  readonly until?: number;
  readonly everyMs?: number;
  readonly values?: readonly number[];
}
/** Lets a baseline see the same values at each turn. */
function seen({
  baseline = new Baseline({ features }),
  name = target,
  from = monday,
  until = from + 3 * hour,
  everyMs = 10 * second,
  values = [1000, 0, 0.5],
}: Seen = {}): Baseline {
  for (let wallMs = from; wallMs < until; wallMs += everyMs)
    for (const [feature, value] of values.entries()) baseline.observe(name, feature, wallMs, value);
  return baseline;
}
const addresses = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `10.${(from + index) >> 8}.${(from + index) & 255}.1`);

describe('Baseline', () => {
  it('knows nothing of a target that was never seen, and zero of a feature that always was zero', () => {
    const baseline = seen();
    expect(baseline.usual('203.0.113.8', 0, monday)).toBeNull();
    expect(baseline.usual(target, 1, monday + 3 * hour)).toMatchObject({ median: 0, count: 1080 });
    expect(baseline.usual(target, 2, monday + 3 * hour)?.median).toBeCloseTo(0.5, 1);
  });

  it('remembers the zeros when a feature rises for the first time', () => {
    const baseline = seen();
    const now = monday + 3 * hour;
    seen({ baseline, from: now, until: now + 5 * minute, values: [1000, 400, 0.5] });
    const usual = baseline.usual(target, 1, now + 15 * minute)!;
    expect(usual.median).toBeLessThan(0.1);
    expect(usual.count).toBeGreaterThan(1080);
    seen({ baseline, from: now + 5 * minute, until: now + 2 * hour, values: [1000, 400, 0.5] });
    expect(baseline.usual(target, 1, now + 2 * hour)!.high).toBeGreaterThan(300);
  });

  it('leaves out what is no number from 0 on', () => {
    const baseline = seen();
    const before = baseline.encode();
    for (const value of [NaN, -1, Infinity]) baseline.observe(target, 0, monday + 3 * hour, value);
    expect(baseline.encode()).toEqual(before);
  });

  it('answers the same for the same observations', () => {
    expect(seen().encode()).toEqual(seen().encode());
  });

  it('takes a pin for usual whatever is learned, and what was learned once it is taken back', () => {
    const baseline = seen();
    const now = monday + 3 * hour;
    const learned = baseline.usual(target, 0, now);
    baseline.pin(target, 0, { median: 50, high: 80 });
    baseline.pin('198.51.100.1', 0, { median: 7, high: 9 });
    expect(baseline.usual(target, 0, now)).toMatchObject({ median: 50, high: 80 });
    const restored = Baseline.decode(baseline.encode(), { features });
    expect(restored.usual('198.51.100.1', 0, now)).toMatchObject({ median: 7, high: 9 });
    baseline.pin(target, 0, null);
    expect(baseline.usual(target, 0, now)).toEqual(learned);
    expect(() => baseline.pin(target, 0, { median: 9, high: 7 })).toThrow(TidegateError);
  });

  it('forgets a target, or all, and stays frozen where an attack is on', () => {
    const baseline = seen();
    seen({ baseline, name: '198.51.100.1' });
    const now = monday + 3 * hour;
    baseline.freeze(target, now);
    baseline.reset(target);
    seen({ baseline, from: now, until: now + 10 * minute });
    expect(baseline.usual(target, 0, now + 10 * minute)).toBeNull();
    expect(baseline.usual('198.51.100.1', 0, now)).not.toBeNull();
    baseline.reset(null);
    expect(baseline.usual('198.51.100.1', 0, now)).toBeNull();
  });

  it('shows what it knows, by hour of the week', () => {
    const baseline = seen({ until: monday + 5 * hour });
    baseline.pin(target, 2, { median: 0.1, high: 0.2 });
    const report = baseline.inspect(target)!;
    const [packets, udp, share] = report.features;
    expect(report).toMatchObject({ target, isFrozen: false, seasons: 2 });
    expect(packets?.hours?.[3]).toBeCloseTo(1000, -2);
    expect(packets?.hours?.[100]).toBeNull();
    expect(udp?.hours).toBeNull();
    expect(share).toMatchObject({ isPinned: true, usual: { median: 0.1 } });
    expect(baseline.inspect('198.51.100.1')).toBeNull();
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(baseline.targets).toEqual([target]);
  });
});

describe('a feature', () => {
  it('says by its name how often it is observed and what is next to nothing', () => {
    expect(featureOf('packets@60s')).toEqual({ name: 'packets@60s', everyMs: 60_000, offset: 1 });
    expect(featureOf('bits@100ms')).toEqual({ name: 'bits@100ms', everyMs: 1000, offset: 1000 });
    expect(featureOf('synShare@10s')).toEqual({ name: 'synShare@10s', everyMs: 10_000, offset: 0.01 });
  });
});

describe('memory', () => {
  it('is small on a small server', () => {
    const baseline = new Baseline({ features });
    for (const name of addresses(5)) seen({ baseline, name, until: monday + 3 * hour });
    expect(baseline.bytes).toBeLessThan(256 * 1024);
  });

  it('a busier target takes the season of a less busy one, which keeps one histogram', () => {
    const baseline = new Baseline({ features: ['packets@1s'], targetsMax: 128, bytesMax: 280_000 });
    const names = addresses(90);
    for (const [index, name] of names.entries())
      seen({ baseline, name, values: [1 + index], everyMs: minute });
    const report = baseline.targets.map((name) => baseline.inspect(name, false)!);
    const withSeason = report.filter(({ seasons }) => seasons > 0).map((one) => names.indexOf(one.target));
    expect(withSeason.length).toBeGreaterThan(40);
    expect(withSeason.length).toBeLessThan(64);
    expect(Math.min(...withSeason)).toBeGreaterThan(10);
    expect(
      report.every(
        (one) => Math.abs(one.features[0]!.usual!.median / (1 + names.indexOf(one.target)) - 1) < 0.2,
      ),
    ).toBe(true);
  });

  it('a flood to addresses that were never seen takes no place from one that was', () => {
    const baseline = new Baseline({ features: ['packets@1s'], targetsMax: 64 });
    const known = addresses(32);
    for (const name of known)
      seen({ baseline, name, until: monday + 2 * day, everyMs: 5 * minute, values: [500] });
    const flood = monday + 2 * day + 3 * hour;
    for (const [index, name] of addresses(5000, 1000).entries())
      baseline.observe(name, 0, flood + index * second, 1);
    expect(baseline.targetCount).toBeLessThanOrEqual(64);
    for (const name of known) expect(baseline.usual(name, 0, flood)?.median).toBeCloseTo(500, -2);
  });

  it('says at once when it is too little', () => {
    expect(() => new Baseline({ features, bytesMax: 1000 })).toThrow(RangeError);
  });
});

describe('encoded', () => {
  const whole = (): Baseline => {
    const baseline = seen({ until: monday + 2 * hour });
    seen({ baseline, name: '2001:db8::/32', from: monday, until: monday + 10 * hour, values: [50, 3, 0.1] });
    baseline.pin(target, 0, { median: 1, high: 2 });
    return baseline;
  };

  it('gives back the same, and goes on learning the same', () => {
    const baseline = whole();
    const restored = Baseline.decode(baseline.encode(), { features });
    expect(restored.encode()).toEqual(baseline.encode());
    for (const one of [baseline, restored])
      seen({ baseline: one, from: monday + 10 * hour, until: monday + 12 * hour, values: [70, 3, 0.2] });
    expect(restored.encode()).toEqual(baseline.encode());
    expect(restored.inspect('2001:db8::/32')).toEqual(baseline.inspect('2001:db8::/32'));
  });

  it('comes in chunks between which learning goes on', () => {
    const baseline = new Baseline({ features });
    for (const name of addresses(600))
      seen({ baseline, name, until: monday + 3 * hour, everyMs: 10 * minute });
    const chunks: Uint8Array[] = [];
    for (const chunk of baseline.encodeChunks()) {
      chunks.push(chunk);
      baseline.reset(addresses(600)[chunks.length]!);
      seen({ baseline, name: '192.0.2.1', from: monday + 3 * hour, until: monday + 4 * hour });
    }
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(80_000);
    expect(Baseline.decode(Buffer.concat(chunks), { features }).targetCount).toBeGreaterThan(590);
  });

  it('is read with other features: those of the same name are kept', () => {
    const restored = Baseline.decode(whole().encode(), {
      features: ['udpShare@10s', 'new@1s', 'packets@1s'],
    });
    expect(restored.usual('2001:db8::/32', 0, monday + 10 * hour)?.median).toBeCloseTo(0.1, 1);
    expect(restored.usual('2001:db8::/32', 1, monday + 10 * hour)).toBeNull();
    expect(restored.usual('2001:db8::/32', 2, monday + 10 * hour)?.median).toBeCloseTo(50, -1);
  });

  it('is read with less room: the first targets are kept', () => {
    const baseline = new Baseline({ features });
    for (const name of addresses(200)) seen({ baseline, name, until: monday + 2 * hour, everyMs: minute });
    const options = { features, targetsMax: 100, bytesMax: 300_000 };
    const restored = Baseline.decode(baseline.encode(), options);
    expect(restored.targetCount).toBe(100);
    expect(restored.bytes).toBeLessThanOrEqual(300_000);
  });

  it('is sealed with the CRC-32 of gzip', () => {
    const text = new TextEncoder().encode('123456789');
    expect(crc32(text)).toBe(0xcbf43926);
    expect(crc32(text.subarray(4), crc32(text.subarray(0, 4)))).toBe(0xcbf43926);
  });

  const bytes = whole().encode();
  const refusedWith = (damaged: Uint8Array): string => {
    try {
      Baseline.decode(damaged, { features });
    } catch (error) {
      return error instanceof TidegateError ? error.code : String(error);
    }
    return 'read';
  };

  it('is refused with one error where it was cut or changed', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at]! ^= change;
        expect(refusedWith(damaged)).toBe('TG2016');
        expect(refusedWith(bytes.subarray(0, at))).toBe('TG2016');
      }),
    );
    expect(
      fc.sample(fc.uint8Array({ maxLength: 400 }), 50).every((any) => refusedWith(any) === 'TG2016'),
    ).toBe(true);
  });

  it('with any content and a checksum that fits: refused, or a baseline that goes on within its bounds', () => {
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 5), fc.nat(255)), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(changes, (each) => {
        const damaged = Uint8Array.from(bytes);
        for (const [at, value] of each) damaged[at] = value;
        new DataView(damaged.buffer).setUint32(damaged.length - 4, crc32(damaged.subarray(0, -4)), true);
        let baseline: Baseline;
        try {
          baseline = Baseline.decode(damaged, { features });
        } catch (error) {
          expect(error).toMatchObject({ code: 'TG2016' });
          return;
        }
        seen({ baseline, from: monday + 10 * hour, until: monday + 12 * hour, everyMs: minute });
        const usual = baseline.usual(target, 2, monday + 12 * hour);
        expect(usual === null || Object.values(usual).every((value) => value >= 0 && value < Infinity)).toBe(
          true,
        );
        expect(baseline.bytes).toBeLessThan(1_000_000);
        expect(Baseline.decode(baseline.encode(), { features }).encode()).toEqual(baseline.encode());
      }),
      { numRuns: 300 },
    );
  });
});
