/** TCP as a conversation: which packets must come along with others when clients send them. */
import { ipProtocol } from '../packet/index.ts';
import type { Kind } from './kinds.ts';
import { payloadBytes } from './kinds.ts';
import type { Scene } from './scene.ts';
import { excessPerSecond, partOf } from './traffic.ts';
import type { Condition, Seen } from './traffic.ts';

export const isKind =
  (...kinds: readonly Kind[]): Condition =>
  ({ kind }) =>
    kinds.includes(kind);

/** Packets/s of these that quiet times do not explain. */
export const excessOfKind = ({ now }: Scene, condition: Condition): number =>
  excessPerSecond(partOf(now, condition));

/** Shorter payloads ask for nothing: they only keep a connection open. */
const questionBytesMin = 8;

/** Whether it carries a question, or only acknowledges. */
export const carriesData = ({ kind, packet, length }: Seen): boolean =>
  kind === 'ack' && payloadBytes(packet, length) >= questionBytesMin;

/**
 * How many of some packets came for each of others; `none` of the others are counted as one sample's worth. What another
 * family was named for is nobody's conversation: the requests of a SYN flood make no sessions of an ACK flood.
 */
export function perEach(scene: Scene, some: Condition, others: Condition): number {
  const whole = Math.max(excessPerSecond(partOf(scene.unnamed, others)), scene.now.scale);
  return excessOfKind(scene, some) / whole;
}

/** Whether it goes to a port that some of these packets go to: a conversation stays on its port. */
export function onPortsOf({ now }: Scene, some: Condition): Condition {
  const ports = new Set(now.seen.filter(some).map(({ packet }) => packet.destinationPort));
  return ({ packet }) => ports.has(packet.destinationPort);
}

export const tcpFlags = (mask: number, value: number) => ({
  protocol: ipProtocol.tcp,
  tcpFlags: { mask, value },
});
