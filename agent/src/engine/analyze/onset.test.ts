import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../generator/index.ts';
import { periodOf } from './onset.ts';

/** Counts that vary as chance lets them, with `times` as many from bin `from` up to `to`. */
function traffic(bins: number, mean: number, { from = 0, to = 0, times = 1 } = {}): Float64Array {
  const random = new SeededRandom('onset');
  return Float64Array.from({ length: bins }, (_, bin) => {
    const rate = mean * (bin >= from && bin < to ? times : 1);
    return Math.max(
      0,
      Math.round(rate + Math.sqrt(rate) * (random.float() + random.float() + random.float() - 1.5) * 2),
    );
  });
}
const ofBytes = (packets: Float64Array, bytes: number): Float64Array => packets.map((count) => count * bytes);

describe('when an attack was', () => {
  it('begins after the capture did', () => {
    const packets = traffic(300, 50, { from: 100, to: 300, times: 20 });
    expect(periodOf(packets, ofBytes(packets, 100), 300)).toMatchObject({
      metric: 'packets',
      during: { from: 100, to: 300 },
      quiet: { from: 0, to: 99 },
      isQuietAfter: false,
    });
  });

  it('was over before the capture ended: what came after shows what is usual', () => {
    const packets = traffic(300, 50, { from: 0, to: 120, times: 8 });
    expect(periodOf(packets, ofBytes(packets, 100), 300)).toMatchObject({
      during: { from: 0, to: 120 },
      quiet: { from: 121, to: 300 },
      isQuietAfter: true,
    });
  });

  it('shows in bits where packets are hardly more', () => {
    const packets = traffic(200, 500, { from: 50, to: 150, times: 1.3 });
    const bytes = packets.map((count, bin) => count * (bin >= 50 && bin < 150 ? 1400 : 60));
    expect(periodOf(packets, bytes, 200)).toMatchObject({ metric: 'bits', during: { from: 50, to: 150 } });
  });

  it('is the whole capture where nothing changes, or nothing else is long enough', () => {
    const whole = { during: { from: 0, to: 300 }, quiet: null, factor: null };
    const even = traffic(300, 50);
    expect(periodOf(even, ofBytes(even, 100), 300)).toMatchObject(whole);
    const short = traffic(300, 50, { from: 2, to: 300, times: 20 });
    expect(periodOf(short, ofBytes(short, 100), 300)).toMatchObject(whole);
    expect(periodOf(new Float64Array(512), new Float64Array(512), 1)).toMatchObject({ quiet: null });
  });
});
