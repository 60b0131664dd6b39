import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { XdpSource } from '../../capture/xdp/index.ts';
import { buildTcp, buildUdp } from '../../engine/packet/index.ts';
import { counter, type CounterName } from '../../engine/types.ts';
import { createXdpBed } from '../../testkit/xdp.ts';
import { testRun, xdpVerdict } from '../../testkit/test-run.ts';
import { lookupElement } from '../bpf-map.ts';
import { parseAddress } from '@tidegate/schemas';
import { createOwnCeilings } from './ceilings.ts';
import type { Ceiling, Rate } from './index.ts';

const bed = createXdpBed('c');
let source: XdpSource;
const target = '203.0.113.9';

beforeEach(() => {
  source = bed.open({ looksPerSecondMax: 0, samplesPerSecondMax: 1 });
});
afterEach(() => {
  source.close({ keepRules: false });
});
afterAll(() => {
  bed.remove();
});

const udp = (destination = target, payload = 0): Uint8Array =>
  buildUdp({
    source: '198.51.100.1',
    destination,
    sourcePort: 4000,
    destinationPort: 9,
    payload: new Uint8Array(payload),
  });
const tcp = (flags: number): Uint8Array =>
  buildTcp({ source: '198.51.100.1', destination: target, sourcePort: 4000, destinationPort: 80, flags });

/** How many of `packets` copies, in one burst, reach the stack. */
function passed(packet: Uint8Array, packets: number): number {
  const frame = bed.pair.frame(packet);
  let count = 0;
  for (let index = 0; index < packets; index++)
    if (testRun(source.datapath.programFd, frame).verdict === xdpVerdict.pass) count++;
  return count;
}

const packets = (perSecond: number): Rate => ({ perSecond, unit: 'packets' });

function use(...ceilings: readonly Ceiling[]): void {
  source.datapath.setPolicy({ ...bed.options, ceilings });
}

const counted = (name: CounterName, of = target): number =>
  source.read().targets.find((entry) => entry.target === of)?.counts[counter[name]] ?? 0;

function slotOf(address: string): number {
  const slot = new Uint8Array(4);
  expect(lookupElement(source.datapath.targetsFd, parseAddress(address).bytes, slot)).toBe(true);
  return new DataView(slot.buffer).getUint32(0, true);
}

const soon = (): bigint => process.hrtime.bigint() + 60_000_000_000n;

describe('ceilings of the policy', () => {
  test('hold from a target’s first packet: a burst passes, the rest is dropped and counted', () => {
    // 100 packets/s: a burst of 100 ms is 10 packets, and nothing of note comes in while the test sends.
    use({ targets: [], limits: { packets: packets(100) } });
    const before = process.hrtime.bigint();
    const through = passed(udp(), 500);
    const seconds = Number(process.hrtime.bigint() - before) / 1e9;
    expect(through).toBeGreaterThanOrEqual(10);
    expect(through).toBeLessThanOrEqual(10 + 1 + Math.ceil(seconds * 100));
    const { counts } = source.read().targets[0]!;
    expect(counts[counter.packets]).toBe(500);
    expect(counts[counter.droppedPackets]).toBe(500 - through);
    expect(counts[counter.ceilingPackets]).toBe(500 - through);
  });

  test('are each target’s own', () => {
    use({ targets: [], limits: { packets: packets(100) } });
    expect(passed(udp(), 100)).toBeLessThan(50);
    expect(passed(udp('203.0.113.10'), 5)).toBe(5);
    expect(passed(udp('2001:db8:113::1'), 5)).toBe(5);
  });

  test.each([
    ['tcpSyn', tcp(2), tcp(16)],
    ['tcp', tcp(16), tcp(2)],
    ['udp', udp(), tcp(2)],
  ] as const)('of the class %s touch no other', (name, above, other) => {
    use({ targets: [], limits: { [name]: packets(100) } });
    expect(passed(above, 100)).toBeLessThan(50);
    expect(passed(other, 100)).toBe(100);
  });

  test('in bytes', () => {
    // A batch holds the longest packet: 65,536 bytes, which 1,000,000 bytes/s are worth in 66 ms.
    use({ targets: [], limits: { bytes: { perSecond: 1_000_000, unit: 'bytes', burstMs: 66 } } });
    const through = passed(udp(target, 1000), 400);
    expect(through).toBeGreaterThanOrEqual(60);
    expect(through).toBeLessThan(200);
    expect(counted('ceilingPackets')).toBe(400 - through);
  });

  test('the longest prefix wins, and a sub-prefix of a protected one may have its own', () => {
    use(
      { targets: [], limits: { packets: packets(100) } },
      { targets: ['203.0.113.8/30'], limits: { packets: packets(1_000_000) } },
    );
    expect(passed(udp('203.0.113.9'), 200)).toBe(200);
    expect(passed(udp('203.0.113.20'), 200)).toBeLessThan(100);
  });

  test('change for targets that are known, and go', () => {
    expect(passed(udp(), 200)).toBe(200);
    use({ targets: [], limits: { packets: packets(100) } });
    expect(passed(udp(), 200)).toBeLessThan(100);
    use();
    expect(passed(udp(), 200)).toBe(200);
  });

  test('in observe mode count and drop nothing', () => {
    source.datapath.setPolicy({
      ...bed.options,
      observe: true,
      ceilings: [{ targets: [], limits: { packets: packets(100) } }],
    });
    expect(passed(udp(), 200)).toBe(200);
    const { counts } = source.read().targets[0]!;
    expect(counts[counter.droppedPackets]).toBe(0);
    expect(counts[counter.wouldDropPackets]).toBe(counts[counter.ceilingPackets]);
    expect(counts[counter.wouldDropPackets]).toBeGreaterThan(100);
  });

  test('spare what is safelisted', () => {
    source.datapath.setPolicy({
      ...bed.options,
      safelist: ['198.51.100.0/24'],
      ceilings: [{ targets: [], limits: { packets: packets(100) } }],
    });
    expect(passed(udp(), 200)).toBe(200);
  });
});

describe('ceilings of one target', () => {
  test('a measured one takes the policy’s place until it is stale', async () => {
    use({ targets: [], limits: { packets: packets(1_000_000) } });
    expect(passed(udp(), 100)).toBe(100);
    const own = createOwnCeilings(source.datapath);
    const slot = slotOf(target);
    own.hold(slot, 'packets', { perSecond: 100, unit: 'packets' }, soon());
    // What a CPU had taken out of the larger bucket, a millisecond's worth, it may still spend.
    passed(udp(), 1000);
    expect(passed(udp(), 100)).toBeLessThan(20);
    expect(own.above(slot).find(({ class: name }) => name === 'packets')!.held).toBeGreaterThan(0);
    own.hold(slot, 'packets', { perSecond: 100, unit: 'packets' }, 1n);
    // A bucket that was found empty is looked at again with the next timer tick, 1 to 10 ms.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(passed(udp(), 100)).toBe(100);
  });

  test('one from the baseline only counts, and counts nothing when it is stale', () => {
    expect(passed(udp(), 1)).toBe(1);
    const own = createOwnCeilings(source.datapath);
    source.read();
    own.mark(slotOf(target), 'udp', { perSecond: 100, unit: 'packets' }, soon());
    expect(passed(udp(), 200)).toBe(200);
    const over = counted('overBaselinePackets');
    expect(over).toBeGreaterThan(100);
    own.mark(slotOf(target), 'udp', { perSecond: 100, unit: 'packets' }, 1n);
    passed(udp(), 200);
    expect(counted('overBaselinePackets')).toBe(0);
  });
});

test('addresses beyond the table of targets have no ceiling, and are counted by their prefix', () => {
  source.close({ keepRules: false });
  source = bed.open({ looksPerSecondMax: 0, samplesPerSecondMax: 1, targetsMax: 1 });
  use({ targets: [], limits: { packets: packets(100) } });
  expect(passed(udp(), 200)).toBeLessThan(100);
  expect(passed(udp('203.0.113.10'), 200)).toBe(200);
  expect(source.read().uncountedPackets).toBe(200);
});
