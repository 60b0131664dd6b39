/**
 * Says whether a packet is hit by a rule, with exactly the meaning that the kernel gives it: every condition must
 * hold; a condition on ports or TCP flags never holds for a trailing fragment, which carries neither; a length is
 * that of the whole IP packet, header included.
 */
import { parseCidr } from '@tidegate/schemas';
import type { PortRange, TrafficMatch } from '@tidegate/schemas';
import type { Packet } from './parse.ts';

/** @param length Length of the IP packet where it is known better than by the header of a cut-off copy, bytes. */
export type Matcher = (packet: Packet, length?: number) => boolean;

/** Translates a match once, for use on many packets. A bad prefix is an error TG1007. */
export function compileMatch(match: TrafficMatch): Matcher {
  const destination = addressTest(match.destination, 16, 24);
  const source = match.source === undefined ? null : addressTest(match.source, 12, 8);
  const { protocol, sourcePorts, destinationPorts, packetLengths, tcpFlags, hopLimits, fragment } = match;
  const payload = match.payload === undefined ? null : payloadTest(match.payload);
  return (packet, length = packet.length) =>
    destination(packet) &&
    (source === null || source(packet)) &&
    (protocol === undefined || packet.protocol === protocol) &&
    (sourcePorts === undefined || inRanges(packet.sourcePort, sourcePorts)) &&
    (destinationPorts === undefined || inRanges(packet.destinationPort, destinationPorts)) &&
    (packetLengths === undefined || inRanges(length, packetLengths)) &&
    (tcpFlags === undefined ||
      (packet.tcpFlags !== null && (packet.tcpFlags & tcpFlags.mask) === tcpFlags.value)) &&
    (hopLimits === undefined || (packet.ttl >= hopLimits.from && packet.ttl <= hopLimits.to)) &&
    (fragment === undefined || (packet.fragment !== 'none') === fragment) &&
    (payload === null || payload(packet));
}

/** Whether a rule hits one packet; for many packets translate the rule once with `compileMatch`. */
export const matches = (match: TrafficMatch, packet: Packet, length = packet.length): boolean =>
  compileMatch(match)(packet, length);

function inRanges(value: number | null, ranges: readonly PortRange[]): boolean {
  if (value === null) return false;
  for (const range of ranges) if (value >= range.from && value <= range.to) return true;
  return false;
}

/** Compares the address in the packet's own bytes; families never mix. */
function addressTest(cidr: string, offset4: number, offset6: number): (packet: Packet) => boolean {
  const prefix = parseCidr(cidr);
  const network = prefix.family === 4 ? prefix.bytes.subarray(12) : prefix.bytes;
  const offset = prefix.family === 4 ? offset4 : offset6;
  const wholeBytes = prefix.length >> 3;
  const restMask = (0xff00 >> (prefix.length & 7)) & 0xff;
  return ({ version, data }) => {
    if (version !== prefix.family) return false;
    for (let index = 0; index < wholeBytes; index++)
      if (data[offset + index] !== network[index]) return false;
    return restMask === 0 || (data[offset + wholeBytes]! & restMask) === network[wholeBytes];
  };
}

const hexBytes = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));

/** Bytes behind the transport header; what was not captured does not match. */
function payloadTest({
  offset,
  bytes,
  mask,
}: NonNullable<TrafficMatch['payload']>): (packet: Packet) => boolean {
  const wanted = hexBytes(bytes);
  const bits = mask === undefined ? wanted.map(() => 0xff) : hexBytes(mask);
  return ({ data, payloadOffset, sourcePort }) => {
    const at = payloadOffset + offset;
    if (sourcePort === null || at + wanted.length > data.length) return false;
    return wanted.every((byte, index) => ((data[at + index]! ^ byte) & bits[index]!) === 0);
  };
}
