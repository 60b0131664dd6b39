/**
 * RST flood: resets of connections that do not exist. A client sends one at the end of some of its connections, so that
 * they are few beside all its other packets.
 */
import { tcpFlag } from '../../packet/index.ts';
import { flood } from '../flood.ts';
import { spoofMark } from '../marks.ts';
import { marksSignal, ramp } from '../signals.ts';
import { isKind, perEach, tcpFlags } from '../tcp.ts';

const isReset = isKind('rst');

export const rstFlood = flood({
  name: 'rst_flood',
  title: 'resets',
  counter: 'tcpRst',
  isMember: isReset,
  conditions: () => tcpFlags(tcpFlag.rst | tcpFlag.syn | tcpFlag.fin, tcpFlag.rst),
  signals: (scene, _members, spoofing) => {
    const perStart = perEach(scene, isReset, isKind('syn', 'syn_ack'));
    return [
      {
        factor: 0.4 + 0.6 * ramp(perStart, 1, 3),
        reason: `${perStart >= 1000 ? 'over 1000' : perStart.toFixed(1)} of them for each connection that began`,
      },
      marksSignal([spoofMark(spoofing)], 0.93),
    ];
  },
});
