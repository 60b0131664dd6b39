/** Two namespaces joined by a veth pair: frames go in at `source` and arrive at `destination`. */
import { execFileSync, spawnSync } from 'node:child_process';

const addresses = {
  source: { mac: '02:00:00:00:00:01', ipv4: '198.51.100.1', ipv6: '2001:db8::1' },
  destination: { mac: '02:00:00:00:00:02', ipv4: '198.51.100.2', ipv6: '2001:db8::2' },
} as const;

interface End {
  /** Name in /run/netns. */
  readonly namespace: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface Pair {
  readonly source: End;
  readonly destination: End;
  /** The interface's name, the same at both ends. */
  readonly interfaceName: 'eth0';
  /** Wraps an IP packet into an Ethernet frame from source to destination. */
  frame(
    packet: Uint8Array,
    options?: { readonly vlans?: readonly number[]; readonly paddedTo?: number },
  ): Uint8Array;
  remove(): void;
}

/** @param label Tells pairs of one process apart. */
export function createPair(label: string): Pair {
  const source = { namespace: `tg-${process.pid}-${label}s`, ...addresses.source };
  const destination = { namespace: `tg-${process.pid}-${label}d`, ...addresses.destination };
  const remove = (): void => {
    for (const { namespace } of [source, destination])
      spawnSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' });
    process.off('exit', remove);
  };
  process.on('exit', remove);
  try {
    for (const { namespace } of [source, destination]) execFileSync('ip', ['netns', 'add', namespace]);
    connect(source, destination);
  } catch (error) {
    remove();
    throw error;
  }
  return { source, destination, interfaceName: 'eth0', frame: wrap, remove };
}

type MadeEnd = End & { readonly mac: string };

function connect(source: MadeEnd, destination: MadeEnd): void {
  const peer = [
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'address',
    destination.mac,
    'netns',
    destination.namespace,
  ];
  execFileSync('ip', ['-n', source.namespace, 'link', 'add', 'eth0', 'address', source.mac, ...peer]);
  for (const [end, other] of [
    [source, destination],
    [destination, source],
  ] as const) {
    const commands = [
      'link set lo up',
      'link set eth0 up',
      `address add ${end.ipv4}/24 dev eth0`,
      `address add ${end.ipv6}/64 dev eth0 nodad`,
      `neighbour replace ${other.ipv4} lladdr ${other.mac} dev eth0 nud permanent`,
      `neighbour replace ${other.ipv6} lladdr ${other.mac} dev eth0 nud permanent`,
    ];
    execFileSync('ip', ['-n', end.namespace, '-batch', '-'], { input: commands.join('\n') });
  }
}

const macBytes = (mac: string): number[] => mac.split(':').map((byte) => Number.parseInt(byte, 16));

function wrap(
  packet: Uint8Array,
  { vlans = [], paddedTo = 0 }: { readonly vlans?: readonly number[]; readonly paddedTo?: number } = {},
): Uint8Array {
  const type = packet[0]! >> 4 === 4 ? [0x08, 0x00] : [0x86, 0xdd];
  const tags = vlans.flatMap((id) => [0x81, 0x00, id >> 8, id & 0xff]);
  const header = [
    ...macBytes(addresses.destination.mac),
    ...macBytes(addresses.source.mac),
    ...tags,
    ...type,
  ];
  const frame = new Uint8Array(Math.max(header.length + packet.length, paddedTo));
  frame.set(header);
  frame.set(packet, header.length);
  return frame;
}
