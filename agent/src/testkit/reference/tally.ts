/** What one packet adds to its target's counters. */
import type { CounterName } from '../../engine/types.ts';
import type { IpPacket } from './ip.ts';
import type { Transport } from './transport.ts';

export type Tally = Partial<Record<CounterName, number>>;

/** Services that amplify (notes of the field; ports by IANA's registry, or by the vendor where it has none). */
const amplifiers: ReadonlyMap<number, string> = new Map([
  [17, 'Quote of the Day'],
  [19, 'Character Generator'],
  [53, 'Domain Name Server'],
  [69, 'Trivial File Transfer'],
  [111, 'SUN Remote Procedure Call'],
  [123, 'Network Time Protocol'],
  [137, 'NETBIOS Name Service'],
  [161, 'SNMP'],
  [389, 'Connectionless LDAP'],
  [500, 'isakmp'],
  [520, 'routed (RIP)'],
  [1194, 'OpenVPN'],
  [1434, 'Microsoft-SQL-Monitor'],
  [1900, 'SSDP'],
  [3283, 'Apple Remote Management'],
  [3478, 'STUN'],
  [3702, 'Web Service Discovery'],
  [5060, 'SIP'],
  [5683, 'CoAP'],
  [10001, 'Ubiquiti discovery'],
  [11211, 'memcached'],
  [32414, 'Plex discovery'],
  [37810, 'DVR discovery'],
  [47808, 'BACnet'],
]);

export function tally({ length, isFragment, ...packet }: IpPacket & Transport): Tally {
  return {
    packets: 1,
    bytes: length,
    ...(isFragment && { fragments: 1 }),
    ...tallyProtocol(packet, length),
  };
}

type Rest = Omit<IpPacket & Transport, 'length' | 'isFragment'>;

function tallyProtocol({ protocol, ports, tcpFlags, icmpType, source }: Rest, length: number): Tally {
  if (protocol === 6)
    return { tcpPackets: 1, tcpBytes: length, ...(tcpFlags !== null && tallyFlags(tcpFlags)) };
  if (protocol === 17) {
    return {
      ...{ udpPackets: 1, udpBytes: length },
      ...(ports !== null &&
        amplifiers.has(ports.source) && { udpAmplifierPackets: 1, udpAmplifierBytes: length }),
      ...(ports?.source === 53 && { udpDnsPackets: 1, udpDnsBytes: length }),
    };
  }
  if (protocol === (source.family === 4 ? 1 : 58))
    return { icmpPackets: 1, icmpBytes: length, ...tallyIcmp(source.family, icmpType) };
  return {
    ...{ otherPackets: 1, otherBytes: length },
    ...(protocol === 47 && { grePackets: 1 }),
    ...(protocol === 50 && { espPackets: 1 }),
  };
}

function tallyFlags(flags: number): Tally {
  const [isFin, isSyn, isRst, isAck] = [0x01, 0x02, 0x04, 0x10].map((bit) => (flags & bit) !== 0);
  const turns = [isFin, isSyn, isRst].filter((isSet) => isSet === true).length;
  // Opening, closing and breaking off exclude each other, and only the first and the last go without ACK.
  const isInvalid = turns > 1 || (isAck !== true && (turns === 0 || isFin === true));
  return {
    ...(turns === 0 && isAck === true && { tcpAck: 1 }),
    ...(turns === 1 && isSyn === true && (isAck === true ? { tcpSynAck: 1 } : { tcpSyn: 1 })),
    ...(isRst === true && { tcpRst: 1 }),
    ...(isFin === true && { tcpFin: 1 }),
    ...(isInvalid && { tcpInvalid: 1 }),
  };
}

function tallyIcmp(family: 4 | 6, type: number | null): Tally {
  if (type === (family === 4 ? 8 : 128)) return { icmpEchoRequests: 1 };
  if (type === (family === 4 ? 0 : 129)) return { icmpEchoReplies: 1 };
  if (type === (family === 4 ? 3 : 1)) return { icmpUnreachable: 1 };
  return {};
}
