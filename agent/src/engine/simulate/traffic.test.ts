import { describe, expect, it } from 'vitest';
import { buildUdp } from '../packet/index.ts';
import { recordedLine, recordingHeader } from '../recording/index.ts';
import { counter, counterNames } from '../types.ts';
import type { Reading } from '../types.ts';
import { TrafficReader } from './traffic.ts';
import type { TrafficFacts } from './traffic.ts';

const target = '203.0.113.10';
const protect = ['203.0.113.0/24'];
const datagram = buildUdp({
  source: '198.51.100.7',
  destination: target,
  sourcePort: 7,
  destinationPort: 9,
  payload: new Uint8Array(20),
});

/** A capture in classic pcap with nanoseconds, one frame for each time. */
function pcap(timesMs: readonly number[], linkType = 101): Uint8Array {
  const bytes = new Uint8Array(24 + timesMs.length * (16 + datagram.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xa1b23c4d, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 65_535, true);
  view.setUint32(20, linkType, true);
  for (const [index, ms] of timesMs.entries()) {
    const at = 24 + index * (16 + datagram.length);
    view.setUint32(at, 1_767_225_600 + Math.floor(ms / 1000), true);
    view.setUint32(at + 4, (ms % 1000) * 1e6, true);
    view.setUint32(at + 8, datagram.length, true);
    view.setUint32(at + 12, datagram.length, true);
    bytes.set(datagram, at + 16);
  }
  return bytes;
}

interface Read {
  readonly begun: readonly number[];
  readonly windows: readonly Reading[];
  readonly facts: TrafficFacts;
}

function read(bytes: Uint8Array, options: { kind?: TrafficFacts['kind']; cut?: string } = {}): Read {
  const begun: number[] = [];
  const windows: Reading[] = [];
  const { kind, cut = null } = options;
  const reader = new TrafficReader({
    ...{ name: 'test.file', protect, ...(kind && { kind }) },
    sink: {
      begin: (startedAtMs) => begun.push(startedAtMs),
      isLearning: () => true,
      window: (reading) => windows.push(reading),
    },
  });
  for (let at = 0; at < bytes.length; at += 50) reader.push(bytes.subarray(at, at + 50));
  return { facts: reader.end(cut), begun, windows };
}

const header = recordingHeader({ node: 'n', startedAt: '2026-01-01T00:00:00.000Z', windowMs: 100, protect });
const line = recordedLine({
  ...{ atNs: 100e6, intervalNs: 100e6, samples: [], samplesLost: 0, uncountedPackets: 0 },
  targets: [{ target, counts: new Float64Array(counterNames.length).fill(5) }],
});
const recording = (...lines: string[]): Uint8Array =>
  new TextEncoder().encode([JSON.stringify(header), ...lines, ''].join('\n'));

describe('traffic from a file', () => {
  it('may be a recording', () => {
    const end = JSON.stringify({
      schema: 'tidegate/recording-end/v1',
      windows: 1,
      windowsLost: 4,
      reason: 'duration',
    });
    const { begun, windows, facts } = read(recording(line, end));
    expect(begun).toEqual([Date.UTC(2026, 0, 1)]);
    expect(windows.map(({ atNs }) => atNs)).toEqual([100e6]);
    expect(facts).toEqual({ kind: 'recording', windowsLost: 4, cut: null });
    expect(read(recording())).toMatchObject({ begun: [Date.UTC(2026, 0, 1)], windows: [] });
  });

  it('may be a capture, whose first frame is its start', () => {
    const { begun, windows, facts } = read(pcap([0, 30, 250]));
    expect(begun).toEqual([Date.UTC(2026, 0, 1)]);
    expect(windows.map(({ atNs, targets }) => [atNs / 1e6, targets[0]?.counts[counter.packets]])).toEqual([
      [100, 2],
      [200, undefined],
      [300, 1],
    ]);
    expect(facts).toEqual({ kind: 'pcap', windowsLost: 0, cut: null });
  });

  it('that breaks off gives what came before, of a capture, and of a recording the line', () => {
    const whole = pcap([0, 30, 250]);
    const { windows, facts } = read(whole.subarray(0, whole.length - 10));
    expect([windows.length, facts.cut]).toEqual([1, expect.stringMatching(/middle of a record/)]);
    expect(read(whole, { cut: 'the gzip data is damaged' }).facts.cut).toBe('the gzip data is damaged');
    expect(() => read(recording(line), { cut: 'the gzip data is damaged' })).toThrow(
      /^test\.file:3: the gzip data is damaged/,
    );
  });

  it('of a kind that cannot be read is said', () => {
    expect(read(pcap([0], 189)).facts.cut).toBe('frames of link type 189 were left out');
    expect(() => read(recording(line), { kind: 'pcap' })).toThrow(
      expect.objectContaining({ code: 'TG5006' }),
    );
    expect(() => read(pcap([0]), { kind: 'recording' })).toThrow(/^test\.file:1: /);
    expect(() => read(new Uint8Array())).toThrow(/^test\.file:1: the file is empty/);
  });
});
