/**
 * FIN flood: ends of connections that never began. A client sends one for each of its connections, which began with a
 * request and had packets between.
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
    const perRequest = perEach(scene, isEnd, isKind('syn'));
    return [
      {
        factor: 0.4 + 0.6 * ramp(perRequest, 1.5, 4),
        reason: `${perRequest >= 1000 ? 'over 1000' : perRequest.toFixed(1)} of them for each connection request`,
      },
      marksSignal([spoofMark(spoofing)], 0.93),
    ];
  },
});
