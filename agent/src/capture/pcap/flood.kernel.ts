import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openNftablesBackend, type NftablesBackend } from '../../actions/nftables/index.ts';
import { counter } from '../../engine/types.ts';
import { openNftables, type Nftables } from '../../kernel/libnftables.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { createLab, labAddresses, type Lab } from '../../testkit/netns.ts';
import { startGenerator, type FloodRequest, type Generator } from '../../testkit/traffic/index.ts';
import { openPcapSource, type PcapSource } from './index.ts';

const silentLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const instance = `tg-${process.pid}-f`;
let lab: Lab;
let source: PcapSource;
let rules: NftablesBackend;
let stack: Nftables;
let generator: Generator;

beforeEach(async () => {
  lab = createLab({ label: 'f' });
  const inVictim = <T>(step: () => T): T => inNamespace(lab.namespaces.victim, step);
  const limits = { targetsMax: 4096, samplesPerSecondMax: 5000 };
  source = await inVictim(() =>
    openPcapSource({
      instance,
      interfaces: [lab.interfaceName],
      protect: labAddresses.protect,
      safelist: [],
      ...limits,
      log: silentLog,
    }),
  );
  rules = await inVictim(() => openNftablesBackend({ instance, safelist: [] }));
  stack = inVictim(openNftables);
  generator = await startGenerator({
    namespace: lab.namespaces.net,
    interfaceName: lab.interfaceName,
    destinationMac: lab.victimMac,
  });
});
afterEach(async () => {
  await generator.close();
  source.close({ keepRules: false });
  rules.close();
  stack.close();
  lab.remove();
});

/** Packets that came through to the network stack, behind our table. */
async function watchStack(destination: string): Promise<() => Promise<number>> {
  const ip = destination.includes(':') ? 'ip6' : 'ip';
  await stack.run(`table inet watch {
  counter seen {
  }
  chain in {
    type filter hook prerouting priority 0
    ${ip} daddr ${destination} counter name seen
  }
}`);
  return async () => {
    const listing = JSON.parse(await stack.run('list counter inet watch seen')) as {
      nftables: { counter?: { packets: number } }[];
    };
    return listing.nftables.find((entry) => entry.counter !== undefined)?.counter?.packets ?? 0;
  };
}

const [ipv4, ipv6] = [labAddresses.victim.ipv4[0], labAddresses.victim.ipv6[0]];

test.each<
  [
    FloodRequest,
    {
      protocol: number;
      sourcePorts?: { from: number; to: number }[];
      packetLengths: { from: number; to: number }[];
    },
  ]
>([
  [
    { kind: 'dns_amplification', destination: ipv4, packetsPerSecond: 30_000, durationMs: 2000 },
    { protocol: 17, sourcePorts: [{ from: 53, to: 53 }], packetLengths: [{ from: 1000, to: 1500 }] },
  ],
  [
    { kind: 'udp_flood', destination: ipv6, packetsPerSecond: 30_000, durationMs: 2000 },
    { protocol: 17, packetLengths: [{ from: 512, to: 512 }] },
  ],
  [
    { kind: 'syn_flood', destination: ipv4, packetsPerSecond: 50_000, durationMs: 2000 },
    { protocol: 6, packetLengths: [{ from: 40, to: 40 }] },
  ],
])('a flood is counted to the packet, and an nft rule ends it: %j', async (flood, conditions) => {
  const { destination } = flood;
  const seenByStack = await watchStack(destination);
  const sums = { counted: 0, uncounted: 0, dropped: 0, samples: 0 };
  const read = (): void => {
    const reading = source.read();
    for (const { counts } of reading.targets) {
      sums.counted += counts[counter.packets]!;
      sums.dropped += counts[counter.droppedPackets]!;
    }
    sums.uncounted += reading.uncountedPackets;
    sums.samples += reading.samples.filter(({ target }) => target === destination).length;
  };
  const ticks = setInterval(read, 100);
  const sending = generator.flood(flood);
  await sleep(700);
  const bits = destination === ipv6 ? 128 : 32;
  const rule = {
    id: 'mit-00000000000000f1',
    match: { destination: `${destination}/${bits}`, ...conditions },
    ttlMs: 60_000,
    verdict: 'drop' as const,
  };
  await rules.apply(rule);
  const before = await seenByStack();
  const { sent } = await sending;
  // The capture process may lag behind by what its ring holds.
  for (let look = 0; look < 50 && sums.counted + sums.uncounted < sent - 1; look++) await sleep(100);
  clearInterval(ticks);
  const dropped = (await rules.readBack(rule.id))!.packets;
  expect(before).toBeGreaterThan(0);
  // What was on its way when the rule was installed is in one of the two.
  expect(await seenByStack()).toBe(before);
  expect(before + Number(dropped)).toBe(sent);
  // libpcap sees all of it, before the rule and after; it loses the first packet.
  expect(sums.counted + sums.uncounted).toBe(sent - 1);
  expect(sums.dropped).toBe(0);
  expect(sums.samples).toBeGreaterThan(1000);
});
