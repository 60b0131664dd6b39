/**
 * Every family that is known, the more special before the more general: a packet is judged by the first that takes it.
 * A flood of connections is made of requests and acknowledgements that belong together; where it finds none, it leaves
 * them to the others.
 */
import type { Family } from '../family.ts';
import { ackFlood } from './ack-flood.ts';
import { amplifications } from './amplification/index.ts';
import { dnsQueryFlood } from './dns-query-flood.ts';
import { espFlood } from './esp-flood.ts';
import { finFlood } from './fin-flood.ts';
import { gameQueryFlood } from './game-query-flood.ts';
import { greFlood } from './gre-flood.ts';
import { icmpFlood } from './icmp-flood.ts';
import { ipFragmentFlood } from './ip-fragment-flood.ts';
import { protocolFlood } from './protocol-flood.ts';
import { rstFlood } from './rst-flood.ts';
import { synAckReflection } from './syn-ack-reflection.ts';
import { synFlood } from './syn-flood.ts';
import { tcpConnectionFlood } from './tcp-connection-flood.ts';
import { tcpInvalidFlags } from './tcp-invalid-flags.ts';
import { udpFlood } from './udp-flood.ts';
import { udpFragmentFlood } from './udp-fragment-flood.ts';

export const families: readonly Family[] = [
  ...amplifications,
  udpFragmentFlood,
  ipFragmentFlood,
  tcpConnectionFlood,
  tcpInvalidFlags,
  synAckReflection,
  synFlood,
  rstFlood,
  finFlood,
  ackFlood,
  icmpFlood,
  greFlood,
  espFlood,
  protocolFlood,
  dnsQueryFlood,
  gameQueryFlood,
  udpFlood,
];
