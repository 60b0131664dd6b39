/**
 * SYN-ACK reflection: servers all over the Internet answer requests that were sent in the target's name. A host that
 * opens connections itself gets one such answer for each, and then data.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import { tcpFlag } from '../../packet/index.ts';
import { isSparing } from '../collateral/share.ts';
import { flood } from '../flood.ts';
import type { Members, Scene } from '../scene.ts';
import { heavyValues, ramp, sendersSignal } from '../signals.ts';
import { isKind, perEach, tcpFlags } from '../tcp.ts';
import { excessOf, hitByAny } from '../traffic.ts';

const isAnswer = isKind('syn_ack');

/** Fewer resets than this share of the answers need no rule. */
const resetShareMin = 0.02;
const portShareMin = 0.02;

/** Servers whose port is closed answer with a reset: the same attack, from the same ports. */
function resetsOfServices({ destination, now, quiet }: Scene, members: Members): TrafficMatch[] {
  const ports = heavyValues(members.now.seen, ({ packet }) => packet.sourcePort, portShareMin).slice(0, 8);
  if (ports.length === 0) return [];
  const sourcePorts = ports.sort((a, b) => a - b).map((port) => ({ from: port, to: port }));
  const { syn, rst, fin } = tcpFlag;
  const rule = { destination, ...tcpFlags(rst | syn | fin, rst), sourcePorts };
  const hits = hitByAny([rule]);
  const isWorthIt = excessOf(now.seen.filter(hits)) >= resetShareMin * members.now.excess;
  return isWorthIt && isSparing(quiet.seen, hits) ? [rule] : [];
}

export const synAckReflection = flood({
  name: 'syn_ack_reflection',
  title: 'answers to connection requests',
  counter: 'tcpSynAck',
  isMember: isAnswer,
  conditions: () =>
    tcpFlags(tcpFlag.syn | tcpFlag.ack | tcpFlag.rst | tcpFlag.fin, tcpFlag.syn | tcpFlag.ack),
  companions: (scene, members) => resetsOfServices(scene, members),
  signals: (scene, members) => {
    const data = perEach(scene, isKind('ack'), isAnswer);
    return [
      {
        factor: 0.4 + 0.56 * ramp(data, 2, 0.7),
        reason: `${data.toFixed(2)} packets of connections for each of them: nobody asked`,
      },
      sendersSignal(members.now, 0.7),
    ];
  },
});
