/**
 * Fragments of UDP: pieces that are never whole, or of large datagrams. Only first fragments have ports. Those that belong
 * to an amplifier's answers are its family's.
 */
import { ipProtocol } from '../../packet/index.ts';
import { flood } from '../flood.ts';
import { setsSignal } from '../fragments.ts';
import { spoofMark } from '../marks.ts';
import { marksSignal } from '../signals.ts';

export const udpFragmentFlood = flood({
  name: 'udp_fragment_flood',
  title: 'fragments of UDP',
  counter: 'fragments',
  isMember: ({ packet }) => packet.protocol === ipProtocol.udp && packet.fragment !== 'none',
  conditions: () => ({ protocol: ipProtocol.udp, fragment: true }),
  signals: (_scene, { now }, spoofing) => [setsSignal(now), marksSignal([spoofMark(spoofing)], 0.93)],
});
