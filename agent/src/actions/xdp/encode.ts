/** A match as the kernel's rules: bpf/structs.h, struct tg_rule. */
import { parseCidr, type IpPrefix, type PortRange, type TrafficMatch } from '@tidegate/schemas';
import { encodeLimit, payloadBytesMax, ruleFlag, structs, verdictCode } from '../../kernel/xdp/index.ts';
import type { RuleRequest } from '../backend.ts';

const { size, fields } = structs.tg_rule;

/** Most kernel rules that one request may become: a share of the 64 that there are. */
export const kernelRulesPerRequestMax = 8;

interface Combination {
  readonly sourcePorts: PortRange | null;
  readonly destinationPorts: PortRange | null;
  readonly packetLengths: PortRange | null;
}

/** A kernel rule holds one range of each kind, so several ranges become several rules that never overlap. */
export function combinationsOf(match: TrafficMatch): Combination[] {
  const combinations: Combination[] = [];
  for (const sourcePorts of disjoint(match.sourcePorts)) {
    for (const destinationPorts of disjoint(match.destinationPorts)) {
      for (const packetLengths of disjoint(match.packetLengths)) {
        combinations.push({ sourcePorts, destinationPorts, packetLengths });
      }
    }
  }
  return combinations;
}

/** Overlapping or touching ranges become one, so that no packet counts twice; no range at all is one "any". */
function disjoint(ranges: readonly PortRange[] | undefined): (PortRange | null)[] {
  if (ranges === undefined) return [null];
  const merged: { from: number; to: number }[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && range.from <= last.to + 1) last.to = Math.max(last.to, range.to);
    else merged.push({ ...range });
  }
  return merged;
}

/** `mit-` and 16 hexadecimal digits, as the kernel's 64-bit number and back. */
export const kernelId = (id: string): bigint => BigInt(`0x${id.slice('mit-'.length)}`);
export const ruleId = (id: bigint): string => `mit-${id.toString(16).padStart(16, '0')}`;

/** The kernel rules of a request, without expiry and slot: those belong to the place where they are put. */
export function encodeRules({ id, match, verdict, limit }: RuleRequest): Uint8Array[] {
  return combinationsOf(match).map((combination) => {
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(fields.id, kernelId(id), true);
    bytes[fields.verdict] = verdictCode[verdict];
    view.setUint16(fields.flags, encodeConditions(view, match, combination), true);
    if (limit !== undefined) bytes.set(encodeLimit(limit), fields.limit);
    const destination = parseCidr(match.destination);
    bytes[fields.family] = destination.family;
    encodePrefix(bytes, destination, fields.destination, fields.destination_mask);
    if (match.source !== undefined)
      encodePrefix(bytes, parseCidr(match.source), fields.source, fields.source_mask);
    return bytes;
  });
}

function encodeConditions(view: DataView, match: TrafficMatch, combination: Combination): number {
  let flags = 0;
  const range = (value: PortRange | null, flag: number, from: number, to: number): void => {
    if (value === null) return;
    flags |= flag;
    view.setUint16(from, value.from, true);
    view.setUint16(to, value.to, true);
  };
  range(combination.sourcePorts, ruleFlag.sourcePorts, fields.source_port_from, fields.source_port_to);
  range(
    combination.destinationPorts,
    ruleFlag.destinationPorts,
    fields.destination_port_from,
    fields.destination_port_to,
  );
  range(combination.packetLengths, ruleFlag.lengths, fields.length_from, fields.length_to);
  if (match.protocol !== undefined) {
    flags |= ruleFlag.protocol;
    view.setUint8(fields.protocol, match.protocol);
  }
  if (match.tcpFlags !== undefined) {
    flags |= ruleFlag.tcpFlags;
    view.setUint8(fields.tcp_mask, match.tcpFlags.mask);
    view.setUint8(fields.tcp_value, match.tcpFlags.value);
  }
  return flags | encodeHeader(view, match) | encodePayload(view, match);
}

function encodeHeader(view: DataView, { hopLimits, fragment }: TrafficMatch): number {
  let flags = 0;
  if (hopLimits !== undefined) {
    flags |= ruleFlag.hopLimits;
    view.setUint8(fields.hop_limit_from, hopLimits.from);
    view.setUint8(fields.hop_limit_to, hopLimits.to);
  }
  if (fragment !== undefined) flags |= fragment ? ruleFlag.fragment : ruleFlag.noFragment;
  return flags;
}

/** Bytes and mask, and bytes without the bits that are not looked at: the kernel compares with those left out. */
function encodePayload(view: DataView, { payload }: TrafficMatch): number {
  if (payload === undefined) return 0;
  const wanted = Buffer.from(payload.bytes, 'hex');
  const mask =
    payload.mask === undefined ? Buffer.alloc(wanted.length, 0xff) : Buffer.from(payload.mask, 'hex');
  const length = Math.min(wanted.length, payloadBytesMax);
  for (let index = 0; index < length; index++) {
    view.setUint8(fields.payload + index, wanted[index]! & mask[index]!);
    view.setUint8(fields.payload_mask + index, mask[index]!);
  }
  view.setUint8(fields.payload_length, length);
  view.setUint16(fields.payload_offset, payload.offset, true);
  return ruleFlag.payload;
}

/** Network and mask, both in network order, as the kernel compares them. */
function encodePrefix(bytes: Uint8Array, prefix: IpPrefix, networkAt: number, maskAt: number): void {
  const bits = prefix.family === 4 ? 96 + prefix.length : prefix.length;
  bytes.set(prefix.bytes, networkAt);
  for (let index = 0; index < 16; index++) {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    bytes[maskAt + index] = (0xff00 >> kept) & 0xff;
  }
}
