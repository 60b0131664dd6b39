/** GRE flood: tunnelled packets from everywhere. A site's own tunnels come from a few gateways. */
import { ipProtocol } from '../../packet/index.ts';
import { flood } from '../flood.ts';
import { spoofMark } from '../marks.ts';
import { marksSignal } from '../signals.ts';
import { isKind } from '../tcp.ts';
import { isGre, tunnelSignal } from '../tunnels.ts';

export const greFlood = flood({
  name: 'gre_flood',
  title: 'GRE',
  counter: 'grePackets',
  isMember: isKind('gre'),
  conditions: () => ({ protocol: ipProtocol.gre }),
  signals: (_scene, members, spoofing) => [
    tunnelSignal(members.now, isGre),
    marksSignal([spoofMark(spoofing)], 0.94),
  ],
});
