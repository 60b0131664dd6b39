/**
 * The attacks that the generator knows: one file a family, or a table of close relatives, written as the world sends
 * them. Nothing in here may be known to the classifier.
 *
 * ```ts
 * const scene = attackScene('203.0.113.10');
 * const shape = attackFamily('syn_flood').draw(random, scene);
 * const source = attackTraffic(shape, { target: scene.target, packetsPerSecond: 50_000, startNs: 3e9, endNs: 4e9 });
 * ```
 */
import { amplifications } from './amplification/index.ts';
import type { AttackFamily } from './attack.ts';
import { carpetBombing, multiVector, pulseWave } from './combined.ts';
import { ipFragmentFloods, udpFragmentFloods } from './fragment-floods.ts';
import { icmpFloods } from './icmp-flood.ts';
import { espFloods, greFloods, protocolFloods } from './protocol-floods.ts';
import { dnsQueryFloods, gameQueryFloods } from './query-floods.ts';
import { synAckReflections } from './syn-ack-reflection.ts';
import { synFloods } from './syn-flood.ts';
import { connectionFloods } from './tcp-connection-flood.ts';
import { ackFloods, finFloods, invalidFlags, rstFloods } from './tcp-floods.ts';
import { udpFloods } from './udp-flood.ts';

const [dns, ntp, , ssdp, memcached, cldap] = amplifications;

/** What one booter's list of methods offers, and is therefore mixed. */
const common = [
  synFloods,
  udpFloods,
  ackFloods,
  icmpFloods,
  greFloods,
  dns!,
  ntp!,
  memcached!,
  cldap!,
] as const;

export const attackFamilies: readonly AttackFamily[] = [
  synFloods,
  ackFloods,
  rstFloods,
  finFloods,
  invalidFlags,
  synAckReflections,
  connectionFloods,
  udpFloods,
  udpFragmentFloods,
  ipFragmentFloods,
  ...amplifications,
  dnsQueryFloods,
  gameQueryFloods,
  icmpFloods,
  greFloods,
  espFloods,
  protocolFloods,
  carpetBombing([synFloods, udpFloods, icmpFloods, dns!, ntp!, ssdp!, cldap!]),
  pulseWave(common),
  multiVector(common),
];

/** A family by its name; an unknown name is an error of the caller. */
export function attackFamily(name: string): AttackFamily {
  const family = attackFamilies.find((one) => one.name === name);
  if (family === undefined) throw new RangeError(`the generator knows no attack family "${name}"`);
  return family;
}

export { attackScene } from './attack.ts';
export type { AttackFamily, AttackShape } from './attack.ts';
export { attackTraffic } from './traffic.ts';
export { dnsAmplification, synFlood, udpFlood } from './chosen.ts';
export type { AttackTiming } from './chosen.ts';
