import { check } from '@tidegate/schemas';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SeededRandom, generate, udpFlood, webSessions } from '../../engine/generator/index.ts';
import { RecordingReader } from '../../engine/recording/index.ts';
import type { RecordedWindow } from '../../engine/recording/index.ts';
import { SimulationRun } from '../../engine/simulate/index.ts';
import { bundle } from '../../engine/simulation.contract.ts';
import { counterNames } from '../../engine/types.ts';
import type { Reading, Sample } from '../../engine/types.ts';
import { Anonymiser, Recorder } from './index.ts';
import type { RecorderOptions } from './index.ts';

const target = '203.0.113.10';
const startedAtMs = Date.UTC(2026, 0, 1);
const bootedNs = 5e12;

class Taker {
  text = '';
  pendingBytes = 0;
  ended = 0;
  write(text: string): void {
    this.text += text;
  }
  end(): void {
    this.ended += 1;
  }
  read(): { windows: RecordedWindow[]; reader: RecordingReader } {
    const reader = new RecordingReader('recorded');
    const windows = [...reader.push(new TextEncoder().encode(this.text)), ...reader.end()];
    return { windows, reader };
  }
}

let taker: Taker;
beforeEach(() => {
  taker = new Taker();
});

const record = (changes: Partial<RecorderOptions> = {}): Recorder =>
  new Recorder({
    ...{ node: 'web-1', protect: ['203.0.113.0/24'], wallMs: startedAtMs, durationMs: 60_000 },
    ...{ bytesMax: 1e9, samplesPerWindow: 4096, anonymiser: null, taker },
    ...changes,
  });

/** As a kernel gives it: times since it was started, and buffers that are used again. */
const asCaptured = (reading: Reading): Reading => ({
  ...reading,
  atNs: reading.atNs + bootedNs,
  samples: reading.samples.map(({ label, ...sample }) => ({ ...sample, atNs: sample.atNs + bootedNs })),
});

const reading = (number: number, targets = 1): Reading => ({
  atNs: bootedNs + number * 100e6,
  intervalNs: 100e6,
  targets: Array.from({ length: targets }, (_, index) => ({
    target: `203.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    counts: new Float64Array(counterNames.length).fill(number),
  })),
  ...{ samples: [], samplesLost: 0, uncountedPackets: 0 },
});

const over = async (recorder: Recorder): Promise<void> => {
  await vi.waitFor(() => {
    expect(recorder.isOver).toBe(true);
  });
};

function* attack(): Generator<Reading> {
  const random = new SeededRandom('recorder');
  const flood = { target, random, startNs: 12e9, endNs: 12.5e9, packetsPerSecond: 40_000 };
  const sources = [
    webSessions({ target, random, sessionsPerSecond: 60 }),
    udpFlood({ ...flood, port: 4500, payloadBytes: { from: 300, to: 300 } }),
  ];
  for (const { reading: made } of generate({ seed: 'recorder', sources, durationMs: 13_000 }))
    yield asCaptured(made);
}

describe('a recording', () => {
  it('gives a simulation the incident that the agent had', async () => {
    const recorder = record();
    const live = new SimulationRun({ bundle, startedAtMs });
    for (const seen of attack()) {
      recorder.take(seen);
      await new Promise(setImmediate);
      const atNs = seen.atNs - bootedNs;
      const samples = seen.samples.map((sample) => ({ ...sample, atNs: sample.atNs - bootedNs }));
      live.take({
        ...seen,
        atNs,
        samples,
        targets: seen.targets.map((one) => ({ ...one, counts: one.counts.slice() })),
      });
      // The kernel's buffers are used again.
      for (const { counts } of seen.targets) counts.fill(-1);
      for (const { data } of seen.samples) data.fill(0xff);
    }
    recorder.stop('stopped');
    await over(recorder);
    const { windows, reader } = taker.read();
    expect(reader.trailer).toEqual({
      schema: 'tidegate/recording-end/v1',
      windows: 130,
      windowsLost: 0,
      reason: 'stopped',
    });
    const replayed = new SimulationRun({ bundle, startedAtMs: Date.parse(reader.header!.startedAt) });
    for (const { reading: window, labels } of windows) replayed.take(window, labels);
    expect(replayed.outcome()).toEqual(live.outcome());
    expect(live.outcome()).toMatchObject({
      incidents: [{ family: 'udp_flood', target, actions: [{ type: 'drop', level: 'effective' }] }],
      collateral: { basis: 'quiet-samples' },
    });
  });

  it('ends with its time, and says so', async () => {
    const recorder = record({ durationMs: 300 });
    for (let number = 1; number <= 5; number++) recorder.take(reading(number));
    await over(recorder);
    const { windows, reader } = taker.read();
    expect(windows.map(({ reading: { atNs } }) => atNs / 1e6)).toEqual([100, 200, 300]);
    expect(reader.trailer).toMatchObject({ windows: 3, windowsLost: 0, reason: 'duration' });
    expect([taker.ended, check('recording-header', JSON.parse(taker.text.split('\n')[0]!)).ok]).toEqual([
      1,
      true,
    ]);
  });

  it('never becomes larger than it may', async () => {
    for (const bytesMax of [4096, 8000, 20_000]) {
      taker = new Taker();
      const recorder = record({ bytesMax });
      for (let number = 1; number <= 15; number++) recorder.take(reading(number, 10));
      await over(recorder);
      expect(taker.text.length).toBeLessThanOrEqual(bytesMax);
      const { windows, reader } = taker.read();
      expect(reader.trailer).toMatchObject({
        windows: windows.length,
        windowsLost: 15 - windows.length,
        reason: 'size',
      });
    }
  });

  it('keeps so many samples of a window, and their weight', async () => {
    const recorder = record({ samplesPerWindow: 10 });
    const sample = { target, atNs: bootedNs, length: 60, rate: 4, data: new Uint8Array(40).fill(0x45) };
    recorder.take({ ...reading(1), samples: Array.from({ length: 95 }, () => sample) });
    recorder.take({ ...reading(2), samples: [sample] });
    recorder.stop('stopped');
    await over(recorder);
    const kept = taker.read().windows.map((window) => window.reading.samples.map(({ rate }) => rate));
    expect(kept).toEqual([Array(10).fill(38), [4]]);
  });

  it('says whether sources were replaced, and holds none of them', async () => {
    const sourcesIn = (samples: readonly Sample[]): string[] =>
      samples.map(({ data }) => data.subarray(12, 16).join('.'));
    const recorder = record({ anonymiser: new Anonymiser() });
    const before: string[] = [];
    for (const seen of attack()) {
      if (before.length > 100) break;
      before.push(...sourcesIn(seen.samples));
      recorder.take(seen);
    }
    recorder.stop('stopped');
    await over(recorder);
    const { windows, reader } = taker.read();
    const after = windows.flatMap((window) => sourcesIn(window.reading.samples));
    expect(reader.header).toMatchObject({ anonymised: true });
    expect([after.length, new Set(after).size]).toEqual([before.length, new Set(before).size]);
    expect(after.filter((source) => before.includes(source))).toEqual([]);
  });
});

describe('back-pressure', () => {
  it('windows that have no room to wait are counted, and the ticks go on', async () => {
    const recorder = record();
    taker.pendingBytes = 2 * 1024 * 1024;
    for (let number = 1; number <= 30; number++) recorder.take(reading(number));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(taker.text.split('\n')).toHaveLength(2);
    taker.pendingBytes = 0;
    recorder.stop('stopped');
    await over(recorder);
    expect(taker.read().reader.trailer).toMatchObject({ windows: 20, windowsLost: 10 });
  });

  it('large windows wait only up to a bound of memory', async () => {
    const recorder = record();
    taker.pendingBytes = 2 * 1024 * 1024;
    for (let number = 1; number <= 4; number++) recorder.take(reading(number, 40_000));
    taker.pendingBytes = 0;
    recorder.stop('stopped');
    await over(recorder);
    // 15 MiB each.
    expect(taker.read().reader.trailer).toMatchObject({ windows: 2, windowsLost: 2 });
  });

  it('nobody is written to who is gone', async () => {
    const recorder = record();
    recorder.take(reading(1));
    recorder.cancel();
    recorder.take(reading(2));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([taker.text.split('\n').length, taker.ended, recorder.isOver]).toEqual([2, 0, true]);
  });
});
