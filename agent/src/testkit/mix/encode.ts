/** A mix as bpf/testkit/mix.h says it. */
import { addressBytes } from '@tidegate/schemas';
import { attackMac } from '../traffic/index.ts';
import type { MixKind, Range, SourceClass } from './kinds.ts';
import { kindsMax, mixDraws, mixFlag, mixStructs, startBytes } from './layout.ts';

/** Addresses of 16 bytes one after another, IPv4 mapped (::ffff:a.b.c.d); those of IPv4 come first. */
export interface AddressList {
  readonly bytes: Uint8Array;
  readonly ipv4: number;
  readonly ipv6: number;
}

export interface MixPlan {
  readonly kinds: readonly MixKind[];
  /** Where packets go. */
  readonly targets: AddressList;
  /**
   * Where packets come from: as each kind says; from anywhere (all of IPv4, 2000::/3); or evenly from a list, which has
   * addresses of each family that the kinds have.
   *
   * @default as each kind says
   */
  readonly sources?: 'anywhere' | AddressList;
}

const { size, fields } = mixStructs.tg_mix_kind;

export function addressList(addresses: readonly string[]): AddressList {
  const ipv4 = addresses.filter((address) => !address.includes(':'));
  const ipv6 = addresses.filter((address) => address.includes(':'));
  const bytes = new Uint8Array(addresses.length * 16);
  for (const [index, address] of [...ipv4, ...ipv6].entries()) bytes.set(addressBytes(address), index * 16);
  return { bytes, ipv4: ipv4.length, ipv6: ipv6.length };
}

/** The kinds one after another, and which of them each of the 1024 draws gives. */
export function encodeMix(plan: MixPlan, destinationMac: string): { kinds: Uint8Array; draws: Uint8Array } {
  const draws = plan.kinds.flatMap(({ weight }, number) => Array<number>(weight).fill(number));
  if (plan.kinds.length > kindsMax || draws.length !== mixDraws)
    throw new Error(
      `a mix has ${kindsMax} kinds at most, whose weights are ${mixDraws} in all; not ${draws.length}`,
    );
  const kinds = new Uint8Array(kindsMax * size);
  for (const [number, kind] of plan.kinds.entries())
    kinds.set(encodeKind(kind, plan, destinationMac), number * size);
  return { kinds, draws: Uint8Array.from(draws) };
}

function encodeKind(kind: MixKind, plan: MixPlan, destinationMac: string): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const family = kind.packet[0]! >> 4 === 6 ? 6 : 4;
  const ethernet = ethernetHeader(kind, family, destinationMac);
  bytes.set([...ethernet, ...kind.packet].slice(0, startBytes), fields.start);
  encodeSource(view, kind.sources, family, plan);
  const part = partOf(plan.targets, family);
  view.setUint32(fields.target_first, part.first, true);
  view.setUint32(fields.target_count, part.count, true);
  encodeRange(view, fields.frame_bytes, fields.frame_lengths, kind.frameBytes);
  view.setUint16(fields.network_offset, ethernet.length, true);
  let flags = (family === 6 ? mixFlag.ipv6 : 0) | (kind.asItIs === true ? mixFlag.asItIs : 0);
  if (kind.ports !== undefined) {
    flags |= mixFlag.ports | (kind.ports.isUdp ? mixFlag.udp : 0);
    view.setUint16(fields.transport_offset, ethernet.length + kind.ports.at, true);
    encodeRange(view, fields.source_port, fields.source_ports, kind.ports.source);
    encodeRange(view, fields.destination_port, fields.destination_ports, kind.ports.destination);
  }
  view.setUint32(fields.flags, flags, true);
  return bytes;
}

function encodeRange(view: DataView, first: number, count: number, [from, to]: Range): void {
  view.setUint16(first, from, true);
  view.setUint16(count, to - from + 1, true);
}

function ethernetHeader(kind: MixKind, family: 4 | 6, destinationMac: string): number[] {
  const etherType = kind.etherType ?? (family === 4 ? 0x0800 : 0x86dd);
  const word = (value: number): number[] => [value >> 8, value & 0xff];
  const tags = (kind.vlans ?? []).flatMap((id) => [...word(0x8100), ...word(id)]);
  return [...macBytes(destinationMac), ...macBytes(attackMac), ...tags, ...word(etherType)];
}

const macBytes = (mac: string): number[] => mac.split(':').map((byte) => Number.parseInt(byte, 16));

interface Draw {
  readonly base: string;
  /** Bits that are drawn. */
  readonly random: string;
}

// 64.0.0.0/3 and 2001:db8::/32 hold no address that a datapath treats in a way of its own.
const classes: Record<SourceClass, Record<4 | 6, Draw>> = {
  clients: {
    4: { base: '100.70.0.0', random: '0.0.255.255' },
    6: { base: '2001:db8:51::', random: '::ffff' },
  },
  reflectors: {
    4: { base: '100.80.0.0', random: '0.0.3.255' },
    6: { base: '2001:db8:53::', random: '::3ff' },
  },
  spoofed: {
    4: { base: '64.0.0.0', random: '31.255.255.255' },
    6: { base: '2001:db8:8000::', random: '::7fff:ffff:ffff:ffff:ffff:ffff' },
  },
};

const anywhere: Record<4 | 6, Draw> = {
  4: { base: '0.0.0.0', random: '255.255.255.255' },
  6: { base: '2000::', random: '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' },
};

function encodeSource(view: DataView, of: SourceClass, family: 4 | 6, { sources }: MixPlan): void {
  if (typeof sources === 'object') {
    const part = partOf(sources, family);
    view.setUint32(fields.listed_first, part.first, true);
    view.setUint32(fields.listed_count, part.count, true);
    return;
  }
  const { base, random } = (sources === 'anywhere' ? anywhere : classes[of])[family];
  const bytes = new Uint8Array(view.buffer);
  bytes.set(addressBytes(base), fields.source);
  bytes.set(addressBytes(random), fields.source_random);
  // The fixed words of IPv4's mapped form are not to be drawn.
  if (family === 4) bytes.fill(0, fields.source_random, fields.source_random + 12);
}

function partOf({ ipv4, ipv6 }: AddressList, family: 4 | 6): { first: number; count: number } {
  const part = family === 4 ? { first: 0, count: ipv4 } : { first: ipv4, count: ipv6 };
  if (part.count === 0) throw new Error(`the mix has IPv${family} packets, and no address for them`);
  return part;
}
