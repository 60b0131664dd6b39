/**
 * The traffic that datapath benches send: what a server behind a hosting provider's edge sees in an hour in which some
 * attacks are on, packet by packet. Every kind says how often it comes (parts of 1024), from whom, and how long it is.
 */
import { buildIcmp, buildIp, buildTcp, buildUdp, ipProtocol, tcpFlag } from '../../engine/packet/index.ts';

/** Both ends included. */
export type Range = readonly [from: number, to: number];

/**
 * Who sends it: clients that come again and again (65,536 addresses), reflectors (1,024), or spoofed sources that never
 * come again.
 */
export type SourceClass = 'clients' | 'reflectors' | 'spoofed';

interface PortFields {
  /** Where the transport header begins in the packet. */
  readonly at: number;
  /** UDP has a length of its own. */
  readonly isUdp: boolean;
  readonly source: Range;
  readonly destination: Range;
}

export interface MixKind {
  readonly name: string;
  /** Parts of 1024. */
  readonly weight: number;
  readonly sources: SourceClass;
  /** Length of the frame without its checksum, from the Ethernet header on. */
  readonly frameBytes: Range;
  /** An IP packet: its headers, and as much of the payload as matters. */
  readonly packet: Uint8Array;
  /** @default none */
  readonly ports?: PortFields;
  /** @default none */
  readonly vlans?: readonly number[];
  /** Sent as it stands, but for its length: malformed, or not IP. @default false */
  readonly asItIs?: boolean;
  /** @default by the version of the packet */
  readonly etherType?: number;
}

const ends = {
  4: { source: '198.51.100.1', destination: '203.0.113.1' },
  6: { source: '2001:db8:51::1', destination: '2001:db8:113::1' },
} as const;
type Family = keyof typeof ends;
const headerBytes = { 4: 20, 6: 40 } as const;

/** As Linux chooses them (ip_local_port_range). */
const ephemeral: Range = [32_768, 60_999];
const unprivileged: Range = [1024, 65_535];
const web: Range = [443, 443];
const any = { sourcePort: 1, destinationPort: 1 };
/** Two no-operations and a timestamp (RFC 7323), as on every segment of today's systems. */
const timestamps = Uint8Array.of(1, 1, 8, 10, 0, 1, 2, 3, 0, 4, 5, 6);
const { ack, fin, psh, rst, syn } = tcpFlag;

type Common = Pick<MixKind, 'name' | 'weight' | 'frameBytes'> & {
  readonly family?: Family;
  /** @default clients */
  readonly sources?: SourceClass;
  readonly source?: Range;
  readonly destination?: Range;
  readonly vlans?: readonly number[];
};

const common = ({ name, weight, frameBytes, sources = 'clients', vlans = [] }: Common) => ({
  ...{ name, weight, frameBytes, sources, vlans },
});

const ports = ({ family = 4, source = ephemeral, destination = web }: Common, isUdp: boolean) => ({
  ports: { at: headerBytes[family], isUdp, source, destination },
});

const tcp = (flags: number, of: Common): MixKind => ({
  ...common(of),
  ...ports(of, false),
  packet: buildTcp({ ...ends[of.family ?? 4], ...any, flags, options: timestamps }),
});

const udp = (of: Common): MixKind => ({
  ...common(of),
  ...ports(of, true),
  packet: buildUdp({ ...ends[of.family ?? 4], ...any, payload: new Uint8Array(40).fill(0x81) }),
});

const other = (packet: Uint8Array, of: Common, asItIs = false): MixKind => ({
  ...common(of),
  packet,
  asItIs,
});

const tcpKinds: readonly MixKind[] = [
  tcp(ack, { name: 'tcp4Ack', weight: 190, frameBytes: [66, 66] }),
  tcp(ack | psh, { name: 'tcp4Data', weight: 130, frameBytes: [120, 900] }),
  tcp(ack, { name: 'tcp4Full', weight: 80, frameBytes: [1400, 1400] }),
  tcp(syn, { name: 'tcp4Syn', weight: 30, frameBytes: [74, 74] }),
  tcp(syn, { name: 'tcp4SynSpoofed', weight: 60, frameBytes: [66, 66], sources: 'spoofed' }),
  tcp(syn | ack, {
    ...{ name: 'tcp4SynAckReflected', weight: 16, frameBytes: [66, 66], sources: 'reflectors' },
    ...{ source: [80, 80], destination: unprivileged },
  }),
  tcp(fin | ack, { name: 'tcp4Fin', weight: 20, frameBytes: [66, 66] }),
  tcp(rst, { name: 'tcp4Rst', weight: 12, frameBytes: [66, 66] }),
  tcp(0, { name: 'tcp4NoFlags', weight: 2, frameBytes: [66, 66], sources: 'spoofed' }),
  tcp(ack, { name: 'tcp4Vlan', weight: 24, frameBytes: [70, 400], vlans: [7] }),
  tcp(ack, { name: 'tcp4TwoVlans', weight: 4, frameBytes: [74, 400], vlans: [7, 8] }),
  tcp(ack, { name: 'tcp6Ack', weight: 50, frameBytes: [86, 86], family: 6 }),
  tcp(ack | psh, { name: 'tcp6Data', weight: 50, frameBytes: [200, 1400], family: 6 }),
  tcp(syn, { name: 'tcp6Syn', weight: 12, frameBytes: [94, 94], family: 6, sources: 'spoofed' }),
];

const dnsReply = { sources: 'reflectors', source: [53, 53], destination: unprivileged } as const;
const ntpReply = { sources: 'reflectors', source: [123, 123], destination: unprivileged } as const;

const udpKinds: readonly MixKind[] = [
  udp({ name: 'udp4Game', weight: 90, frameBytes: [70, 250], destination: [27_015, 27_030] }),
  udp({ name: 'udp4Voice', weight: 30, frameBytes: [214, 214], destination: [10_000, 20_000] }),
  udp({ name: 'udp4Quic', weight: 50, frameBytes: [80, 1300] }),
  udp({
    name: 'udp4Flood',
    weight: 30,
    frameBytes: [554, 554],
    sources: 'spoofed',
    destination: unprivileged,
  }),
  udp({ name: 'dns4Reply', weight: 50, frameBytes: [600, 1400], ...dnsReply }),
  udp({ name: 'ntp4Reply', weight: 20, frameBytes: [482, 482], ...ntpReply }),
  udp({ name: 'udp6Quic', weight: 20, frameBytes: [100, 1300], family: 6 }),
  udp({ name: 'dns6Reply', weight: 8, frameBytes: [600, 1400], family: 6, ...dnsReply }),
];

const echo = 8;
const echo6 = 128;
const gre = 47;
const firstFragment = { offsetBytes: 0, more: true };
const lastFragment = { offsetBytes: 1480, more: false };
const bytes16 = new Uint8Array(16).fill(0x5a);

/** IPv6 behind hop-by-hop options, which hold padding only (RFC 8200). */
function behindOptions(packet: Uint8Array): Uint8Array {
  const longer = new Uint8Array(packet.length + 8);
  longer.set(packet.subarray(0, 40));
  longer.set([packet[6]!, 0, 1, 4, 0, 0, 0, 0], 40);
  longer.set(packet.subarray(40), 48);
  longer[6] = 0;
  return longer;
}

/** IPv4 with a router alert (RFC 2113) behind its header. */
function withAlert(packet: Uint8Array): Uint8Array {
  const longer = new Uint8Array(packet.length + 4);
  longer.set(packet.subarray(0, 20));
  longer.set([148, 4, 0, 0], 20);
  longer.set(packet.subarray(20), 24);
  longer[0] = 0x46;
  return longer;
}

const withByte = (packet: Uint8Array, at: number, value: number): Uint8Array => {
  const changed = packet.slice();
  changed[at] = value;
  return changed;
};

const udp4 = buildUdp({ ...ends[4], ...any, payload: bytes16 });
const udp6 = buildUdp({ ...ends[6], ...any, payload: bytes16 });
const moved = (at: number) => ({ ports: { at, isUdp: true, source: ephemeral, destination: web } });

const otherKinds: readonly MixKind[] = [
  other(buildIcmp({ ...ends[4], type: echo }), { name: 'icmp4Echo', weight: 14, frameBytes: [98, 98] }),
  other(buildIcmp({ ...ends[6], type: echo6 }), { name: 'icmp6Echo', weight: 5, frameBytes: [118, 118] }),
  other(buildIp(ends[4], gre, bytes16), { name: 'gre4', weight: 4, frameBytes: [80, 1000] }),
  other(buildIp({ ...ends[4], fragment: firstFragment }, ipProtocol.udp, udp4.slice(20)), {
    ...{ name: 'udp4FirstFragment', weight: 5, frameBytes: [1400, 1400] },
  }),
  other(buildIp({ ...ends[4], fragment: lastFragment }, ipProtocol.udp, bytes16), {
    ...{ name: 'udp4LastFragment', weight: 5, frameBytes: [200, 900] },
  }),
  other(buildIp({ ...ends[6], fragment: lastFragment }, ipProtocol.udp, bytes16), {
    ...{ name: 'udp6LastFragment', weight: 2, frameBytes: [200, 900] },
  }),
  {
    ...udp({ name: 'udp6Options', weight: 2, frameBytes: [120, 400], family: 6 }),
    ...{ packet: behindOptions(udp6), ...moved(48) },
  },
  {
    ...udp({ name: 'udp4Options', weight: 2, frameBytes: [90, 400] }),
    ...{ packet: withAlert(udp4), ...moved(24) },
  },
  { ...other(bytes16, { name: 'arp', weight: 1, frameBytes: [60, 60] }, true), etherType: 0x0806 },
  other(withByte(udp4, 0, 0x42), { name: 'ip4ShortHeader', weight: 2, frameBytes: [60, 60] }, true),
  other(withByte(udp4, 3, 200), { name: 'ip4Cut', weight: 2, frameBytes: [60, 60] }, true),
  other(udp4, { name: 'ip4HeaderCut', weight: 1, frameBytes: [28, 28] }, true),
  other(udp6, { name: 'ip6HeaderCut', weight: 1, frameBytes: [50, 50] }, true),
];

/** 1024 parts. */
export const serverMix: readonly MixKind[] = [...tcpKinds, ...udpKinds, ...otherKinds];

const floodWeights: Readonly<Record<string, number>> = {
  ...{ dns4Reply: 560, ntp4Reply: 240, dns6Reply: 120 },
  ...{ tcp4Ack: 40, tcp4Data: 20, udp4Game: 24, tcp6Ack: 12, tcp4Vlan: 8 },
};

/** An amplification flood among legitimate packets, all of them sound, for what happens at full rate. 1024 parts. */
export const floodMix: readonly MixKind[] = serverMix.flatMap((kind) => {
  const weight = floodWeights[kind.name];
  return weight === undefined ? [] : [{ ...kind, weight }];
});
