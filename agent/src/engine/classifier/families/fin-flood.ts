/**
 * FIN flood: ends of connections that never began. A client sends one for each of its connections, which began with a
 * request, or with the answer to the host's own, and had packets between.
 */
import { tcpFlag } from '../../packet/index.ts';
import { flood } from '../flood.ts';
import { spoofMark } from '../marks.ts';
import { marksSignal, ramp } from '../signals.ts';
import { isKind, perEach, tcpFlags } from '../tcp.ts';

const isEnd = isKind('fin');

export const finFlood = flood({
  name: 'fin_flood',
  title: 'ends of connections',
  counter: 'tcpFin',
  isMember: isEnd,
  conditions: () => tcpFlags(tcpFlag.fin | tcpFlag.syn | tcpFlag.rst, tcpFlag.fin),
  signals: (scene, _members, spoofing) => {
    const perStart = perEach(scene, isEnd, isKind('syn', 'syn_ack'));
    return [
      {
        factor: 0.4 + 0.6 * ramp(perStart, 1.5, 4),
        reason: `${perStart >= 1000 ? 'over 1000' : perStart.toFixed(1)} of them for each connection that began`,
      },
      marksSignal([spoofMark(spoofing)], 0.93),
    ];
  },
});
