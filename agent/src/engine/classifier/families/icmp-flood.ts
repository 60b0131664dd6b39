/** ICMP flood: echo requests, echo replies or errors in numbers that no person and no monitoring sends. */
import { ipProtocol } from '../../packet/index.ts';
import { flood } from '../flood.ts';
import { isKind } from '../tcp.ts';

export const icmpFlood = flood({
  name: 'icmp_flood',
  title: 'ICMP',
  counter: 'icmpPackets',
  isMember: isKind('icmp'),
  conditions: ({ isIpv4 }) => ({ protocol: isIpv4 ? ipProtocol.icmp : ipProtocol.icmpv6 }),
  signals: () => [{ factor: 0.96, reason: 'nobody looks after a host so often' }],
});
