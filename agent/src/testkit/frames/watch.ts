/** Counts what the network stack of a pair's destination gets to see, behind whatever drops in front of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { buildUdp } from '../../engine/packet/index.ts';
import { openNftables } from '../../kernel/libnftables.ts';
import { inNamespace } from './namespace.ts';
import type { Pair } from './pair.ts';
import { openFrameSender } from './sender.ts';

/** Addresses that nobody uses: packets between them show that everything sent before has arrived. */
const sentinel = { source: '203.0.113.250', destination: '203.0.113.251', sourcePort: 1, destinationPort: 1 };
const arrivalMsMax = 5000;

export interface Watch {
  /** Sends IP packets, waits until they have arrived, and returns how many the stack saw. */
  send(packets: readonly Uint8Array[]): Promise<number>;
  close(): void;
}

/** The watch is a table of its own behind the chains at raw priority: a stranger for the tables under test. */
export async function openWatch(pair: Pair): Promise<Watch> {
  const { namespace, ipv4, ipv6 } = pair.destination;
  const nft = inNamespace(namespace, openNftables);
  const sender = openFrameSender(pair.source.namespace, pair.interfaceName);
  await nft.run(
    [
      'add table inet watch',
      'add counter inet watch seen',
      'add counter inet watch sentinel',
      'add chain inet watch in { type filter hook prerouting priority 100; policy accept; }',
      `add rule inet watch in ip daddr ${ipv4} counter name seen`,
      `add rule inet watch in ip6 daddr ${ipv6} counter name seen`,
      `add rule inet watch in ip daddr ${sentinel.destination} counter name sentinel`,
    ].join('\n'),
  );
  const counts = async (): Promise<Record<string, number>> => {
    const listing = JSON.parse(await nft.run('list counters table inet watch')) as {
      nftables: { counter?: { name: string; packets: number } }[];
    };
    return Object.fromEntries(
      listing.nftables.flatMap(({ counter }) =>
        counter === undefined ? [] : [[counter.name, counter.packets]],
      ),
    );
  };
  return {
    send: async (packets) => {
      const before = await counts();
      for (const packet of [...packets, buildUdp(sentinel)]) sender.send(pair.frame(packet));
      const giveUpAt = performance.now() + arrivalMsMax;
      for (;;) {
        const now = await counts();
        if (now['sentinel'] !== before['sentinel']) return now['seen']! - before['seen']!;
        if (performance.now() > giveUpAt) throw new Error(`nothing arrived within ${arrivalMsMax} ms`);
        await sleep(1);
      }
    },
    close: () => {
      sender.close();
      nft.close();
    },
  };
}
