import { describe, expect, it } from 'vitest';
import { ruleBackendContract } from '../../actions/contract.ts';
import type { ContractLab } from '../../actions/contract.ts';
import {
  buildTcp,
  buildUdp,
  countPacket,
  destinationOf,
  parsePacket,
  tcpFlag,
} from '../../engine/packet/index.ts';
import { recordingHeader } from '../../engine/recording/index.ts';
import type { RecordedWindow } from '../../engine/recording/index.ts';
import { counter, counterNames } from '../../engine/types.ts';
import type { Sample } from '../../engine/types.ts';
import { openReplay } from './index.ts';
import type { ReplaySource } from './index.ts';

const targets = { ipv4: '203.0.113.10', ipv6: '2001:db8::10' };
const sources = { ipv4: '198.51.100.7', ipv6: '2001:db8:1::7' };
const header = recordingHeader({
  node: 'test',
  startedAt: '2026-01-01T00:00:00.000Z',
  windowMs: 100,
  protect: ['203.0.113.0/24', '2001:db8::/48'],
});

const windowOf = (
  atNs: number,
  intervalNs: number,
  targets: RecordedWindow['reading']['targets'],
  samples: Sample[],
): RecordedWindow => ({
  reading: { atNs, intervalNs, targets, samples, samplesLost: 0, uncountedPackets: 0 },
});

/** A recording that is made up while it is played. */
function live(): {
  source: ReplaySource;
  play(samples: Sample[], counts: Map<string, Float64Array>, ms: number): Float64Array[];
} {
  const queue: RecordedWindow[] = [];
  const windows: Iterable<RecordedWindow> = {
    [Symbol.iterator]: () => ({
      next: () => {
        const value = queue.shift();
        // The source looks one window ahead; a place-holder keeps it from believing that the recording is over.
        return {
          done: false,
          value: value ?? windowOf(0, 1, [], []),
        };
      },
    }),
  };
  const source = openReplay({ header, windows });
  let atNs = 0;
  return {
    source,
    play: (samples, counts, ms) => {
      atNs += ms * 1e6;
      // What is dropped is written into the rows.
      const rows = [...counts].map(([target, row]) => ({ target, counts: row.slice() }));
      queue.push(windowOf(atNs, ms * 1e6, rows, samples));
      source.read();
      return source.read().targets.map((target) => target.counts);
    },
  };
}

function makeLab(): Promise<ContractLab> {
  const { source, play } = live();
  const sendOne = (bytes: Uint8Array): number => {
    const packet = parsePacket(bytes)!;
    const target = destinationOf(packet);
    const row = new Float64Array(counterNames.length);
    countPacket(row, packet);
    const sample = {
      target,
      atNs: source.clock.monotonicNs(),
      length: bytes.length,
      rate: 1,
      data: bytes.slice(0, 128),
    };
    const [counts] = play([sample], new Map([[target, row]]), 1);
    return counts![counter.packets]! - counts![counter.droppedPackets]!;
  };
  return Promise.resolve({
    targets,
    sources,
    open: async () => source.openBackend(),
    send: async (packets) => packets.reduce((passed, bytes) => passed + sendOne(bytes), 0),
    wait: async (ms) => void play([], new Map(), ms),
    close: async () => source.close({ keepRules: false }),
  });
}

ruleBackendContract('replay', makeLab, { expiryResolutionMs: 1 });

describe('what samples stand for', () => {
  it('drops the share of the packets that the samples tell, and nothing where there are none', async () => {
    const { source, play } = live();
    const backend = source.openBackend();
    await backend.apply({
      id: 'mit-0000000000000001',
      match: { destination: `${targets.ipv4}/32`, sourcePorts: [{ from: 53, to: 53 }], protocol: 17 },
      ttlMs: 60_000,
      verdict: 'drop',
    });
    const sampled = (sourcePort: number, rate: number): Sample => {
      const data = buildUdp({
        source: sources.ipv4,
        destination: targets.ipv4,
        sourcePort,
        destinationPort: 1,
        payload: new Uint8Array(72),
      });
      return { target: targets.ipv4, atNs: 0, length: 100, rate, data };
    };
    const row = new Float64Array(counterNames.length);
    row[counter.packets] = 1000;
    row[counter.bytes] = 100_000;
    const [struck] = play([sampled(53, 3), sampled(4000, 1)], new Map([[targets.ipv4, row]]), 100);
    expect([struck![counter.droppedPackets], struck![counter.droppedBytes]]).toEqual([750, 75_000]);
    const [blind] = play([], new Map([[targets.ipv4, row]]), 100);
    expect(blind![counter.droppedPackets]).toBe(0);
    expect(await backend.readBack('mit-0000000000000001')).toMatchObject({ packets: 750n, bytes: 75_000n });
    expect(source.peek(targets.ipv4)![counter.droppedPackets]).toBe(750);
    expect(source.peek('203.0.113.99')).toBeNull();
  });

  it('lets pass what a limit allows in the window, and drops the rest', async () => {
    const { source, play } = live();
    const match = { destination: `${targets.ipv4}/32`, protocol: 17 };
    const data = buildUdp({
      ...{ source: sources.ipv4, destination: targets.ipv4, sourcePort: 1, destinationPort: 1 },
      payload: new Uint8Array(72),
    });
    const sample = { target: targets.ipv4, atNs: 0, length: 100, rate: 1, data };
    const row = new Float64Array(counterNames.length);
    row[counter.packets] = 1000;
    row[counter.bytes] = 100_000;
    const droppedWith = async (unit: 'packets' | 'bytes', perSecond: number) => {
      const limit = { unit, perSecond };
      await source
        .openBackend()
        .apply({ id: 'mit-0000000000000001', match, ttlMs: 60_000, verdict: 'limit', limit });
      const [struck] = play([sample], new Map([[targets.ipv4, row]]), 100);
      return struck![counter.droppedPackets];
    };
    expect(await droppedWith('packets', 2000)).toBe(800);
    expect(await droppedWith('bytes', 250_000)).toBe(750);
    expect(await droppedWith('packets', 20_000)).toBe(0);
  });

  it('answers connection requests with a SYN proxy, and nothing else', async () => {
    const { source, play } = live();
    const backend = source.openBackend();
    const match = {
      destination: `${targets.ipv4}/32`,
      protocol: 6,
      destinationPorts: [{ from: 80, to: 80 }],
    };
    await backend.apply({ id: 'mit-0000000000000001', match, ttlMs: 60_000, verdict: 'synproxy' });
    const segment = (flags: number): Sample => {
      const ends = { source: sources.ipv4, destination: targets.ipv4, sourcePort: 1, destinationPort: 80 };
      return { target: targets.ipv4, atNs: 0, length: 40, rate: 1, data: buildTcp({ ...ends, flags }) };
    };
    const row = new Float64Array(counterNames.length);
    row[counter.packets] = 1000;
    row[counter.bytes] = 40_000;
    const [struck] = play([segment(tcpFlag.syn), segment(tcpFlag.ack)], new Map([[targets.ipv4, row]]), 100);
    expect(struck![counter.droppedPackets]).toBe(500);
    expect(await backend.readBack('mit-0000000000000001')).toMatchObject({
      ...{ verdict: 'synproxy', packets: 500n, answered: 500n },
    });
  });
});
