import { describe, expect, it } from 'vitest';
import { SeededRandom, generate, gamePlayers, udpFlood, webSessions } from '../generator/index.ts';
import { buildUdp } from '../packet/index.ts';
import { counter } from '../types.ts';
import type { Reading } from '../types.ts';
import { PacketWindows } from './packets.ts';

const protect = ['203.0.113.0/24', '2001:db8:10::/48'];
const targets = ['203.0.113.10', '2001:db8:10::5'] as const;
const seed = 'packets';

const collect = (isLearning = (): boolean => true) => {
  const windows: Reading[] = [];
  const packets = new PacketWindows({ protect, isLearning, onWindow: (reading) => windows.push(reading) });
  return { windows, packets };
};

const datagram = (destination: string, source = '198.51.100.7'): Uint8Array =>
  buildUdp({ source, destination, sourcePort: 7, destinationPort: 9, payload: new Uint8Array(20) });

const counts = ({ targets: rows }: Reading, target: string): Float64Array =>
  rows.find((row) => row.target === target)!.counts;

describe('packets of a capture', () => {
  it('are counted and sampled as the generator counts and samples them', () => {
    const random = new SeededRandom(seed);
    const sources = [
      ...targets.map((target) => webSessions({ target, random, sessionsPerSecond: 40 })),
      gamePlayers({ target: targets[0], random, packetsPerSecond: 300, players: 20 }),
      udpFlood({
        ...{ target: targets[0], random, startNs: 300e6, endNs: 600e6, packetsPerSecond: 20_000, port: 9 },
        payloadBytes: { from: 50, to: 50 },
      }),
    ];
    const { windows, packets } = collect();
    const made: Reading[] = [];
    for (const { reading, packets: sent } of generate({
      seed,
      sources,
      durationMs: 800,
      isLearning: () => true,
    })) {
      made.push(reading);
      for (const { bytes, atNs } of sent) packets.add(bytes, atNs);
    }
    packets.end();
    const sorted = (reading: Reading): unknown =>
      [...reading.targets].sort((a, b) => (a.target < b.target ? -1 : 1));
    expect(windows.map(({ atNs }) => atNs)).toEqual(made.map(({ atNs }) => atNs));
    expect(windows.map(sorted)).toEqual(made.map(sorted));
    const volume = (all: readonly Reading[]): number =>
      all.flatMap(({ samples }) => samples).reduce((sum, { rate }) => sum + rate, 0);
    // Which packets are chosen is left to chance; how many they stand for is not.
    expect(Math.abs(volume(windows) / volume(made) - 1)).toBeLessThan(0.1);
    expect(windows.every(({ samples }) => samples.every(({ label }) => label === undefined))).toBe(true);
  });

  it('count for protected addresses alone, in both directions', () => {
    const { windows, packets } = collect();
    packets.add(datagram(targets[0]), 0);
    packets.add(datagram('192.0.2.1', targets[0]), 1);
    packets.add(datagram('192.0.2.1'), 2);
    packets.add(Uint8Array.of(1, 2, 3), 3);
    packets.end();
    expect(windows).toHaveLength(1);
    expect(windows[0]!.targets.map(({ target }) => target)).toEqual([targets[0]]);
    const row = counts(windows[0]!, targets[0]);
    expect([row[counter.packets], row[counter.outPackets]]).toEqual([1, 1]);
  });

  it('that come late are counted where the others are, and pauses are windows without any', () => {
    const { windows, packets } = collect();
    for (const ms of [10, 450, 320, 451]) packets.add(datagram(targets[0]), ms * 1e6);
    packets.end();
    const seen = windows.map((window) => [
      window.atNs / 1e6,
      window.targets[0]?.counts[counter.packets] ?? 0,
    ]);
    expect(seen).toEqual([
      [100, 1],
      [200, 0],
      [300, 0],
      [400, 0],
      [500, 3],
    ]);
  });

  it('with years between them make one long window, after ten minutes of empty ones', () => {
    const { windows, packets } = collect();
    packets.add(datagram(targets[0]), 0);
    packets.add(datagram(targets[0]), 3e16);
    packets.end();
    expect(windows).toHaveLength(6002);
    expect(windows[6000]).toMatchObject({ atNs: 3e16, intervalNs: 3e16 - 6000 * 100e6, targets: [] });
  });

  it('do not teach their sources while an incident is open', () => {
    const { windows, packets } = collect(() => false);
    for (const ms of [10, 110, 210]) packets.add(datagram(targets[0]), ms * 1e6);
    packets.end();
    // The first window comes before anybody could be asked.
    expect(windows.map((window) => counts(window, targets[0])[counter.sourcesNew])).toEqual([1, 0, 0]);
    const other = collect(() => false);
    other.packets.add(datagram(targets[0]), 110e6);
    other.packets.add(datagram(targets[0]), 210e6);
    other.packets.end();
    expect(other.windows.slice(1).map((window) => counts(window, targets[0])[counter.sourcesNew])).toEqual([
      1, 1,
    ]);
  });
});
