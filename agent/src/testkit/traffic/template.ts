/** The packet that every copy of a flood is made from, and what the kernel program changes in each. */
import { addressBytes } from '@tidegate/schemas';
import { foldChecksum, sumWords } from '../../engine/packet/checksum.ts';
import { buildDnsResponse, buildTcp, buildUdp, ipProtocol, tcpFlag } from '../../engine/packet/index.ts';
import { attackMac, startBytes, trafficStructs } from './layout.ts';

export type FloodKind = 'udp_flood' | 'syn_flood' | 'dns_amplification';

export interface FloodShape {
  readonly kind: FloodKind;
  /** Address of the victim, IPv4 or IPv6. */
  readonly destination: string;
  /** 0 draws one for every packet. @default 80 for syn_flood, else 0 */
  readonly destinationPort?: number;
  /** Length of the IP packet, bytes; udp_flood only. @default 512 */
  readonly packetBytes?: number;
}

export interface Template {
  /** Frame with Ethernet header, longer than what is sent of it. */
  readonly frame: Uint8Array;
  /** struct tg_flood without interface and results. */
  readonly task: Uint8Array;
}

interface Sources {
  readonly base: string;
  /** Bits that are drawn for every packet. */
  readonly random: string;
}

// Spoofed sources: 64.0.0.0/3 holds no special-purpose address. Reflectors: a thousand that come again and again.
const sources: Record<FloodKind, Record<4 | 6, Sources>> = {
  udp_flood: spoofed(),
  syn_flood: spoofed(),
  dns_amplification: {
    4: { base: '100.80.0.0', random: '0.0.3.255' },
    6: { base: '2001:db8:53::', random: '::3ff' },
  },
};

function spoofed(): Record<4 | 6, Sources> {
  return {
    4: { base: '64.0.0.0', random: '31.255.255.255' },
    6: { base: '2001:db8:8000::', random: '::7fff:ffff:ffff:ffff:ffff:ffff' },
  };
}

const etherBytes = 14;
const dnsPort = 53;
const dnsBytes = { least: 1200, spread: 201 };

/**
 * Builds a template. `random` gives numbers from 0 up to 1 and decides the length of a DNS response, 1200 to 1400 bytes.
 */
export function buildTemplate(shape: FloodShape, destinationMac: string, random: () => number): Template {
  const family = shape.destination.includes(':') ? 6 : 4;
  const from = sources[shape.kind][family];
  const packet = buildPacket(shape, from.base, family, random);
  const frameBytes = etherBytes + packet.length;
  // Only a frame whose length the program changes is sent with the length that it has, whatever the receiver made of it.
  const frame = new Uint8Array(Math.max(frameBytes + 1, startBytes));
  frame.set([
    ...macBytes(destinationMac),
    ...macBytes(attackMac),
    ...(family === 4 ? [0x08, 0x00] : [0x86, 0xdd]),
  ]);
  frame.set(packet, etherBytes);
  const isTcp = shape.kind === 'syn_flood';
  const task = buildTask(shape, packet, from, family, isTcp);
  const { fields } = trafficStructs.tg_flood;
  new DataView(task.buffer).setUint32(fields.frame_bytes, frameBytes, true);
  task.set(frame.subarray(0, startBytes), fields.start);
  return { frame, task };
}

function buildPacket(
  { kind, destination, packetBytes = 512 }: FloodShape,
  source: string,
  family: 4 | 6,
  random: () => number,
): Uint8Array {
  const headers = family === 4 ? 28 : 48;
  const common = { source, destination, sourcePort: 1, destinationPort: 1 };
  if (kind === 'syn_flood') return buildTcp({ ...common, flags: tcpFlag.syn });
  if (kind === 'udp_flood')
    return buildUdp({ ...common, payload: new Uint8Array(packetBytes - headers).fill(0x5a) });
  const lengthBytes = dnsBytes.least + Math.floor(random() * dnsBytes.spread) - headers;
  return buildUdp({
    ...common,
    payload: buildDnsResponse({ id: 0, name: 'example.com', type: 255, lengthBytes }),
  });
}

function buildTask(
  shape: FloodShape,
  packet: Uint8Array,
  from: Sources,
  family: 4 | 6,
  isTcp: boolean,
): Uint8Array {
  const { size, fields } = trafficStructs.tg_flood;
  const networkBytes = family === 4 ? 20 : 40;
  const task = new Uint8Array(size);
  const view = new DataView(task.buffer);
  view.setUint32(fields.network_offset, etherBytes, true);
  view.setUint32(fields.transport_offset, etherBytes + networkBytes, true);
  view.setUint32(fields.is_ipv6, family === 6 ? 1 : 0, true);
  view.setUint32(fields.is_tcp, isTcp ? 1 : 0, true);
  task.set(addressBytes(from.base), fields.source);
  const random = addressBytes(from.random);
  // The fixed words of IPv4's mapped form are not to be drawn.
  if (family === 4) random.fill(0, 0, 12);
  task.set(random, fields.source_random);
  view.setUint32(fields.source_port, shape.kind === 'dns_amplification' ? dnsPort : 0, true);
  view.setUint32(fields.destination_port, shape.destinationPort ?? (isTcp ? 80 : 0), true);
  if (family === 4) view.setUint32(fields.network_sum, networkSum(packet), true);
  view.setUint32(fields.transport_sum, transportSum(packet, networkBytes, isTcp), true);
  return task;
}

/** Sum of the IPv4 header without source and checksum. */
function networkSum(packet: Uint8Array): number {
  const header = packet.slice(0, 20);
  header.fill(0, 10, 16);
  return inMemoryOrder(sumWords(header, 0, header.length));
}

/** Sum of pseudo header and segment without source, ports, identity and checksum. */
function transportSum(packet: Uint8Array, networkBytes: number, isTcp: boolean): number {
  const segment = packet.slice(networkBytes);
  segment.fill(0, 0, 4);
  if (isTcp) {
    segment.fill(0, 4, 8);
    segment.fill(0, 16, 18);
  } else {
    segment.fill(0, 6, 10);
  }
  const destination = networkBytes === 20 ? packet.subarray(16, 20) : packet.subarray(24, 40);
  const start = (isTcp ? ipProtocol.tcp : ipProtocol.udp) + segment.length;
  return inMemoryOrder(
    sumWords(segment, 0, segment.length, sumWords(destination, 0, destination.length, start)),
  );
}

/** The kernel program sums 16-bit words as they lie in memory: the same sum with its bytes swapped (RFC 1071, section 2). */
function inMemoryOrder(sum: number): number {
  const folded = ~foldChecksum(sum) & 0xffff;
  return ((folded & 0xff) << 8) | (folded >> 8);
}

const macBytes = (mac: string): number[] => mac.split(':').map((byte) => Number.parseInt(byte, 16));
