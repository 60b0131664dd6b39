/**
 * What capture through libpcap can do: the cost of counting one packet, and the share of a flood that is counted by
 * target at rising rates, between two network namespaces, with the generator on the same cores. Needs root.
 *
 * `npm run bench -- pcap`
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrameCounter } from '../capture/pcap/counting.ts';
import { captureFilter, wordPrefix } from '../capture/pcap/filter.ts';
import { captureMemory, captureMemoryBytes } from '../capture/pcap/memory.ts';
import { startCaptureProcess } from '../capture/pcap/process.ts';
import { createMemoryReader } from '../capture/pcap/reader.ts';
import { Reservoir } from '../capture/pcap/reservoir.ts';
import { RowTable } from '../capture/pcap/rows.ts';
import { buildTcp, buildUdp } from '../engine/packet/index.ts';
import { counter } from '../engine/types.ts';
import { inNamespace } from '../testkit/frames/index.ts';
import { createLab, labAddresses } from '../testkit/netns.ts';
import { startGenerator } from '../testkit/traffic/index.ts';

const targetsMax = 4096;
const samplesPerSecondMax = 5000;
const ratesKpps = [20, 50, 100, 200, 400];
const secondsPerRate = 3;
const prefixes = labAddresses.protect.map(wordPrefix);
const log = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };

/** Half TCP, half UDP to 256 targets of both families; the best of five runs. */
function countNsPerPacket(): number {
  const memory = captureMemory(new ArrayBuffer(captureMemoryBytes(targetsMax)), targetsMax);
  const nowMs = (): number => performance.now();
  const reservoir = new Reservoir(memory, samplesPerSecondMax, () => nowMs() * 1e6, 1);
  const frames = new FrameCounter(memory, new RowTable(memory, prefixes, 1, 0), reservoir, nowMs);
  const packets = Array.from({ length: 256 }, (_, host) =>
    host % 2 === 0
      ? buildTcp({
          source: '192.0.2.1',
          destination: `203.0.113.${host}`,
          sourcePort: 1,
          destinationPort: 80,
          flags: 2,
        })
      : buildUdp({
          source: '2001:db8::1',
          destination: `2001:db8:113::${host}`,
          sourcePort: 53,
          destinationPort: 80,
        }),
  );
  const rounds = 8000;
  const runs = Array.from({ length: 5 }, () => {
    const from = nowMs();
    for (let round = 0; round < rounds; round++) {
      for (const packet of packets) if (frames.count('RAW', packet, packet.length, true)) frames.look();
    }
    return ((nowMs() - from) * 1e6) / (rounds * packets.length);
  });
  return Math.round(Math.min(...runs));
}

const anonymousMB = (pid: number): number =>
  Math.round(Number(/RssAnon:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);

const figures: Record<string, number> = { countNsPerPacket: countNsPerPacket() };
const lab = createLab({ label: 'bench' });
try {
  const { interfaceName, namespaces, victimMac } = lab;
  const filter = captureFilter(labAddresses.protect, true);
  const capture = await inNamespace(namespaces.victim, () =>
    startCaptureProcess({ interfaceName, targetsMax, samplesPerSecondMax, filter, prefixes }, log),
  );
  const generator = await startGenerator({
    namespace: namespaces.net,
    interfaceName,
    destinationMac: victimMac,
  });
  const reader = createMemoryReader(capture.memory);
  const counted = (): number => {
    let packets = 0;
    reader.readTargets((_, counts) => (packets += counts[counter.packets] ?? 0));
    return packets;
  };
  const destination = labAddresses.victim.ipv4[0];
  for (const rate of ratesKpps) {
    const shape = { kind: 'syn_flood' as const, destination };
    const flood = { ...shape, packetsPerSecond: rate * 1000, durationMs: secondsPerRate * 1000 };
    const { sent, packetsPerSecond } = await generator.flood(flood);
    await sleep(300);
    const packets = counted();
    reader.readLosses();
    figures[`sentKppsAsked${rate}`] = Math.round(packetsPerSecond / 1000);
    figures[`countedShareAsked${rate}`] = Number((packets / sent).toFixed(4));
  }
  figures['captureRssAnonMB'] = anonymousMB(capture.pid() ?? 0);
  await generator.close();
  capture.stop();
} finally {
  lab.remove();
}
console.log(JSON.stringify({ schema: 'tidegate/bench/v1', name: 'pcap', figures }));
