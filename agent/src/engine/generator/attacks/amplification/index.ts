/** Reflection by service: who answers, from which port, and what. */
import type { AttackFamily } from '../attack.ts';
import {
  armsAmplifier,
  bacnetAmplifier,
  coapAmplifier,
  dvrAmplifier,
  plexAmplifier,
  ssdpAmplifier,
  ubiquitiAmplifier,
  wsdAmplifier,
} from './devices.ts';
import { dnsAmplifier } from './dns.ts';
import { amplificationOf } from './family.ts';
import {
  cldapAmplifier,
  isakmpAmplifier,
  memcachedAmplifier,
  mssqlAmplifier,
  snmpAmplifier,
  tftpAmplifier,
} from './management.ts';
import type { AmplifyingService } from './service.ts';
import {
  chargenAmplifier,
  openvpnAmplifier,
  qotdAmplifier,
  quicAmplifier,
  sipAmplifier,
  stunAmplifier,
} from './text-and-calls.ts';
import { netbiosAmplifier, ntpAmplifier, portmapAmplifier, ripAmplifier } from './time-and-names.ts';

const services: readonly AmplifyingService[] = [
  dnsAmplifier,
  ntpAmplifier,
  snmpAmplifier,
  ssdpAmplifier,
  memcachedAmplifier,
  cldapAmplifier,
  chargenAmplifier,
  coapAmplifier,
  wsdAmplifier,
  armsAmplifier,
  bacnetAmplifier,
  isakmpAmplifier,
  ubiquitiAmplifier,
  portmapAmplifier,
  netbiosAmplifier,
  tftpAmplifier,
  ripAmplifier,
  qotdAmplifier,
  mssqlAmplifier,
  stunAmplifier,
  openvpnAmplifier,
  dvrAmplifier,
  plexAmplifier,
  sipAmplifier,
  quicAmplifier,
];

export const amplifications: readonly AttackFamily[] = services.map(amplificationOf);
