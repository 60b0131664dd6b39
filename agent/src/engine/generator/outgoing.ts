/** Counts what a target sends, as bpf/egress.h does. */
import { tcpFlag } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import { counter } from '../types.ts';

const { syn, ack, rst } = tcpFlag;

export function countOutgoing(counts: Float64Array, packet: Packet): void {
  const { length, tcpFlags, icmpType, version } = packet;
  counts[counter.outPackets]! += 1;
  counts[counter.outBytes]! += length;
  if (tcpFlags !== null) {
    if ((tcpFlags & (syn | ack)) === (syn | ack)) counts[counter.outTcpSynAck]! += 1;
    if ((tcpFlags & rst) !== 0) counts[counter.outTcpRst]! += 1;
  } else if (icmpType === (version === 4 ? 3 : 1)) counts[counter.outIcmpUnreachable]! += 1;
}
