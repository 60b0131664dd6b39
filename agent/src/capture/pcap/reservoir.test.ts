import { expect, test } from 'vitest';
import { captureMemory, captureMemoryBytes, samplesWaitingMax, total, word } from './memory.ts';
import { Reservoir } from './reservoir.ts';

const memoryFor = () => captureMemory(new ArrayBuffer(captureMemoryBytes(16)), 16);
const frame = Uint8Array.from({ length: 200 }, (_, index) => index);

test('below the bound every packet is a sample that stands for itself', () => {
  const memory = memoryFor();
  const reservoir = new Reservoir(memory, 500, () => 42, 1);
  for (let row = 1; row <= 10; row++) reservoir.offer(row, 60, frame, 14, 74);
  reservoir.endSlice();
  const { samples, words } = memory;
  expect(words[word.samplesWritten]).toBe(10);
  expect([...samples.row.subarray(0, 10)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect([samples.rate[0], samples.length[0], samples.captured[0], samples.atNs[0]]).toEqual([1, 60, 60, 42]);
  expect([...samples.data.subarray(0, 3)]).toEqual([14, 15, 16]);
});

test('beyond the bound samples are spread evenly and say how many they stand for', () => {
  const memory = memoryFor();
  const reservoir = new Reservoir(memory, 5000, () => 0, 7);
  const tenths = new Array<number>(10).fill(0);
  for (let slice = 0; slice < 100; slice++) {
    for (let packet = 0; packet < 4000; packet++) reservoir.offer(packet, 60, frame, 0, 20);
    reservoir.endSlice();
    const end = memory.words[word.samplesWritten]!;
    for (let at = memory.words[word.samplesRead]!; at !== end; at++) {
      const place = at & (samplesWaitingMax - 1);
      expect(memory.samples.rate[place]).toBe(40);
      const tenth = Math.floor((memory.samples.row[place] ?? 0) / 400);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    memory.words[word.samplesRead] = end;
  }
  expect(tenths.reduce((sum, count) => sum + count)).toBe(100 * 100);
  // 1000 expected in each tenth; the standard deviation is 30.
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test('what nobody reads is lost and counted, and positions may pass 2^31', () => {
  const memory = memoryFor();
  memory.words[word.samplesWritten] = memory.words[word.samplesRead] = 0x7fff_fff0;
  const reservoir = new Reservoir(memory, 5000, () => 0, 7);
  for (let slice = 0; slice < 30; slice++) {
    for (let packet = 0; packet < 100; packet++) reservoir.offer(1, 60, frame, 0, 20);
    reservoir.endSlice();
  }
  expect((memory.words[word.samplesWritten]! - memory.words[word.samplesRead]!) | 0).toBe(samplesWaitingMax);
  expect(memory.totals[total.lostSamples]).toBe(3000 - samplesWaitingMax);
});
