/** Fragments of other protocols than UDP: no client and no service sends them in numbers. */
import { ipProtocol } from '../../packet/index.ts';
import { flood } from '../flood.ts';
import { setsSignal } from '../fragments.ts';
import { spoofMark } from '../marks.ts';
import { marksSignal } from '../signals.ts';

const isMember: Parameters<typeof flood>[0]['isMember'] = ({ packet }) =>
  packet.protocol !== ipProtocol.udp && packet.fragment !== 'none';

export const ipFragmentFlood = flood({
  name: 'ip_fragment_flood',
  title: 'fragments',
  counter: 'fragments',
  isMember,
  conditions: () => ({ fragment: true }),
  signals: (_scene, { now }, spoofing) => [setsSignal(now), marksSignal([spoofMark(spoofing)], 0.94)],
});
