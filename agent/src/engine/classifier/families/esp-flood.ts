/** ESP flood: encrypted packets from everywhere. A site's own tunnels come from a few gateways. */
import { ipProtocol } from '../../packet/index.ts';
import { flood } from '../flood.ts';
import { spoofMark } from '../marks.ts';
import { marksSignal } from '../signals.ts';
import { isKind } from '../tcp.ts';
import { isEsp, tunnelSignal } from '../tunnels.ts';

export const espFlood = flood({
  name: 'esp_flood',
  title: 'ESP',
  counter: 'espPackets',
  isMember: isKind('esp'),
  conditions: () => ({ protocol: ipProtocol.esp }),
  signals: (_scene, members, spoofing) => [
    tunnelSignal(members.now, isEsp),
    marksSignal([spoofMark(spoofing)], 0.94),
  ],
});
