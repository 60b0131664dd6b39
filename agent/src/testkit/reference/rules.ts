/** Whether a rule hits a packet, by what the policy's shape says of each condition. */
import type { TrafficMatch } from '@tidegate/schemas';
import { isWithin, readPrefix } from './address.ts';
import type { IpPacket } from './ip.ts';
import { octet, sizeOf } from './span.ts';
import type { Transport } from './transport.ts';

export type Packet = IpPacket & Transport;
type Condition = (packet: Packet) => boolean;

/** Every condition that is given must hold. */
export function readMatch(match: TrafficMatch): Condition {
  const conditions = [...headerConditions(match), ...transportConditions(match)];
  return (packet) => conditions.every((holds) => holds(packet));
}

interface Range {
  readonly from: number;
  readonly to: number;
}
const isIn = (ranges: readonly Range[], value: number): boolean =>
  ranges.some(({ from, to }) => from <= value && value <= to);

function headerConditions(match: TrafficMatch): Condition[] {
  const { protocol, packetLengths, hopLimits, fragment } = match;
  const destination = readPrefix(match.destination);
  const conditions: Condition[] = [(packet) => isWithin(packet.destination, destination)];
  if (match.source !== undefined) {
    const source = readPrefix(match.source);
    conditions.push((packet) => isWithin(packet.source, source));
  }
  if (protocol !== undefined) conditions.push((packet) => packet.protocol === protocol);
  if (packetLengths !== undefined) conditions.push(({ length }) => isIn(packetLengths, length));
  if (hopLimits !== undefined) conditions.push(({ hopLimit }) => isIn([hopLimits], hopLimit));
  if (fragment !== undefined) conditions.push(({ isFragment }) => isFragment === fragment);
  return conditions;
}

/** What is not there does not match: a later fragment has no ports. */
function transportConditions({
  sourcePorts,
  destinationPorts,
  tcpFlags,
  payload,
}: TrafficMatch): Condition[] {
  const conditions: Condition[] = [];
  if (sourcePorts !== undefined)
    conditions.push(({ ports }) => ports !== null && isIn(sourcePorts, ports.source));
  if (destinationPorts !== undefined)
    conditions.push(({ ports }) => ports !== null && isIn(destinationPorts, ports.destination));
  if (tcpFlags !== undefined)
    conditions.push(
      (packet) => packet.tcpFlags !== null && (packet.tcpFlags & tcpFlags.mask) === tcpFlags.value,
    );
  if (payload !== undefined) conditions.push(payloadCondition(payload));
  return conditions;
}

function payloadCondition({ offset, bytes, mask }: NonNullable<TrafficMatch['payload']>): Condition {
  const wanted = [...Buffer.from(bytes, 'hex')];
  const bits = mask === undefined ? wanted.map(() => 255) : [...Buffer.from(mask, 'hex')];
  return ({ payload }) =>
    payload !== null &&
    offset + wanted.length <= sizeOf(payload) &&
    wanted.every((byte, index) => ((octet(payload, offset + index) ^ byte) & bits[index]!) === 0);
}
