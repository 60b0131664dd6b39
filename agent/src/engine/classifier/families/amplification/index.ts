/** Services that answer more than they are asked, one file each. */
import type { Family } from '../../family.ts';
import { armsAmplification } from './arms.ts';
import { bacnetAmplification } from './bacnet.ts';
import { chargenAmplification } from './chargen.ts';
import { cldapAmplification } from './cldap.ts';
import { coapAmplification } from './coap.ts';
import { dnsAmplification } from './dns.ts';
import { dvrDhcpAmplification } from './dvr-dhcp.ts';
import { isakmpAmplification } from './isakmp.ts';
import { memcachedAmplification } from './memcached.ts';
import { mssqlAmplification } from './mssql.ts';
import { netbiosAmplification } from './netbios.ts';
import { ntpAmplification } from './ntp.ts';
import { openvpnAmplification } from './openvpn.ts';
import { plexAmplification } from './plex.ts';
import { portmapAmplification } from './portmap.ts';
import { qotdAmplification } from './qotd.ts';
import { quicAmplification } from './quic.ts';
import { ripAmplification } from './rip.ts';
import { sipAmplification } from './sip.ts';
import { snmpAmplification } from './snmp.ts';
import { ssdpAmplification } from './ssdp.ts';
import { stunAmplification } from './stun.ts';
import { tftpAmplification } from './tftp.ts';
import { ubiquitiAmplification } from './ubiquiti.ts';
import { wsdAmplification } from './wsd.ts';

export const amplifications: readonly Family[] = [
  armsAmplification,
  bacnetAmplification,
  chargenAmplification,
  cldapAmplification,
  coapAmplification,
  dnsAmplification,
  dvrDhcpAmplification,
  isakmpAmplification,
  memcachedAmplification,
  mssqlAmplification,
  netbiosAmplification,
  ntpAmplification,
  openvpnAmplification,
  plexAmplification,
  portmapAmplification,
  qotdAmplification,
  quicAmplification,
  ripAmplification,
  sipAmplification,
  snmpAmplification,
  ssdpAmplification,
  stunAmplification,
  tftpAmplification,
  ubiquitiAmplification,
  wsdAmplification,
];
