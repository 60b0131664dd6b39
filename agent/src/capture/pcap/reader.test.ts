import { expect, test } from 'vitest';
import { buildUdp } from '../../engine/packet/index.ts';
import { counter, counterNames } from '../../engine/types.ts';
import { FrameCounter } from './counting.ts';
import { wordPrefix } from './filter.ts';
import { captureMemory, captureMemoryBytes, total } from './memory.ts';
import { createMemoryReader } from './reader.ts';
import { Reservoir } from './reservoir.ts';
import { RowTable } from './rows.ts';

/** The capture process without libpcap: both sides of the memory in one place. */
function bench(targetsMax = 16) {
  const memory = captureMemory(new ArrayBuffer(captureMemoryBytes(targetsMax)), targetsMax);
  const clock = { ms: 0 };
  const table = new RowTable(memory, [wordPrefix('10.0.0.0/8'), wordPrefix('2001:db8::/32')], 1, 0);
  const reservoir = new Reservoir(memory, 5000, () => clock.ms * 1e6, 1);
  const frames = new FrameCounter(memory, table, reservoir, () => clock.ms);
  const reader = createMemoryReader(memory);
  const arrive = (packet: Uint8Array): boolean => frames.count('RAW', packet, packet.length, true);
  const read = (): Record<string, number> => {
    const found: Record<string, number> = {};
    reader.readTargets((target, counts) => (found[target] = counts[counter.packets]!));
    return found;
  };
  return { memory, clock, table, frames, reader, arrive, read };
}

const udp = (destination: string, bytes = 0): Uint8Array =>
  buildUdp({
    source: destination.includes(':') ? '2001:db8:9::1' : '192.0.2.1',
    destination,
    sourcePort: 53,
    destinationPort: 80,
    payload: new Uint8Array(bytes),
  });

test('tells what came since the reading before, and totals beside it', () => {
  const { arrive, read, reader } = bench();
  arrive(udp('10.0.0.1'));
  arrive(udp('2001:db8::1'));
  arrive(udp('10.0.0.1'));
  arrive(udp('192.0.2.55'));
  expect(read()).toEqual({ '10.0.0.1': 2, '2001:db8::1': 1 });
  expect(read()).toEqual({});
  arrive(udp('10.0.0.1'));
  const totals = new Float64Array(counterNames.length);
  expect(reader.addTotals('10.0.0.1', totals)).toBe(true);
  expect(totals[counter.packets]).toBe(3);
  expect(reader.addTotals('10.0.0.2', totals)).toBe(false);
  arrive(udp('10.0.0.2'));
  expect(reader.addTotals('10.0.0.2', totals)).toBe(true);
  expect(read()).toEqual({ '10.0.0.1': 1, '10.0.0.2': 1 });
});

test('a row that changed hands starts at zero', () => {
  const { arrive, read, reader, table } = bench();
  for (let count = 0; count < 5; count++) arrive(udp('10.0.0.1'));
  expect(read()).toEqual({ '10.0.0.1': 5 });
  table.setPrefixes([wordPrefix('2001:db8::/32')]);
  expect(read()).toEqual({});
  arrive(udp('2001:db8::2'));
  expect(read()).toEqual({ '2001:db8::2': 1 });
  expect(reader.addTotals('10.0.0.1', new Float64Array(counterNames.length))).toBe(false);
});

test('samples come with their target, also those without a row, and keep their bytes', () => {
  const { arrive, reader, frames, clock } = bench(1);
  arrive(udp('10.0.0.1', 300));
  arrive(udp('2001:db8::2', 10));
  clock.ms = 25;
  frames.look();
  const samples = reader.readSamples();
  expect(samples.map(({ target, length, rate }) => [target, length, rate])).toEqual([
    ['10.0.0.1', 328, 1],
    ['2001:db8::2', 58, 1],
  ]);
  expect(samples[0]!.data).toEqual(udp('10.0.0.1', 300).subarray(0, 128));
  expect(samples[1]!.data).toEqual(udp('2001:db8::2', 10));
  expect(reader.readSamples()).toEqual([]);
  arrive(udp('10.0.0.1', 5));
  clock.ms = 50;
  frames.look();
  reader.readSamples();
  expect(samples[0]!.length).toBe(328);
  expect(samples[0]!.data).toEqual(udp('10.0.0.1', 300).subarray(0, 128));
});

test('losses: what found no row, what the kernel dropped', () => {
  const { arrive, reader, memory } = bench(1);
  for (const host of [1, 2, 3]) arrive(udp(`10.0.0.${host}`));
  memory.totals[total.lostByKernel] = 10;
  memory.totals[total.lostSamples] = 4;
  expect(reader.readLosses()).toEqual({ packets: 12, samples: 4 });
  expect(reader.readLosses()).toEqual({ packets: 0, samples: 0 });
});

test('counting allocates nothing', () => {
  const { arrive, frames } = bench();
  const packets = [udp('10.0.0.1'), udp('10.0.0.2', 900), udp('2001:db8::1'), udp('192.0.2.1')];
  const run = (rounds: number): void => {
    for (let round = 0; round < rounds; round++)
      for (const packet of packets) if (arrive(packet)) frames.look();
  };
  run(50_000);
  const growths = Array.from({ length: 21 }, () => {
    const before = process.memoryUsage().heapUsed;
    run(10_000);
    return process.memoryUsage().heapUsed - before;
  }).sort((left, right) => left - right);
  // 40,000 packets each: one small object for each would be 640 kB. The median leaves out a collection in between.
  expect(growths[10]).toBeLessThan(64_000);
});
