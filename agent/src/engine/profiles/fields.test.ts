import type { HeaderFieldName } from '@tidegate/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildIcmp,
  buildIp,
  buildTcp,
  buildUdp,
  ipProtocol,
  parsePacket,
  synOptions,
} from '../packet/index.ts';
import { fieldReaders } from './fields.ts';

const v4 = { source: '198.51.100.7', destination: '203.0.113.10' };
const v6 = { source: '2001:db8:9::7', destination: '2001:db8:10::1' };
const tcp = { sourcePort: 4000, destinationPort: 80, flags: 2, sequence: 0xcb00710a, acknowledgment: 7 };

function read(field: HeaderFieldName, bytes: Uint8Array): number | null {
  const packet = parsePacket(bytes)!;
  return fieldReaders[field](packet, packet.length);
}

describe('a field', () => {
  const syn = buildTcp({ ...v4, ...tcp, identification: 54_321, window: 1024, options: synOptions.linux });
  const datagram = buildUdp({ ...v4, sourcePort: 53, destinationPort: 40_000, payload: new Uint8Array(12) });
  const echo = buildIcmp({ ...v4, type: 8, body: Uint8Array.of(0x12, 0x34, 0, 1, 9, 9) });
  const gre = buildIp(v4, ipProtocol.gre, Uint8Array.of(0, 0, 0x08, 0, 0x45));

  it.each<[HeaderFieldName, Uint8Array, number]>([
    ['ip.source', syn, 0xc6336407],
    ['ip.destination', syn, 0xcb00710a],
    ['ip.id', syn, 54_321],
    ['ip.length', syn, 60],
    ['ip.headerLength', syn, 20],
    ['ip.trafficClass', syn, 0],
    ['ip.flags', syn, 0],
    ['sourcePort', syn, 4000],
    ['destinationPort', datagram, 40_000],
    ['tcp.sequence', syn, 0xcb00710a],
    ['tcp.acknowledgment', syn, 7],
    ['tcp.headerLength', syn, 40],
    ['tcp.window', syn, 1024],
    ['tcp.urgent', syn, 0],
    ['udp.length', datagram, 20],
    ['payload.length', datagram, 12],
    ['payload.length', syn, 0],
    ['payload.length', echo, 2],
    ['icmp.type', echo, 8],
    ['icmp.code', echo, 0],
    ['icmp.id', echo, 0x1234],
    ['gre.protocol', gre, 0x0800],
  ])('%s is read', (field, bytes, expected) => {
    expect(read(field, bytes)).toBe(expected);
  });

  it('of IPv6 is read behind extension headers, and those of IPv4 are not there', () => {
    const inner = buildTcp({ ...v6, ...tcp }).subarray(40);
    const padding = Uint8Array.of(ipProtocol.tcp, 0, 1, 4, 0, 0, 0, 0);
    const packet = buildIp(v6, ipProtocol.destinationOptions, Uint8Array.of(...padding, ...inner));
    packet.set([0x6a, 0xb1, 0x23, 0x45]);
    expect(read('tcp.sequence', packet)).toBe(0xcb00710a);
    expect(read('ip.trafficClass', packet)).toBe(0xab);
    expect(read('ip.flowLabel', packet)).toBe(0x12345);
    for (const field of ['ip.id', 'ip.source', 'ip.destination', 'ip.flags', 'ip.headerLength'] as const)
      expect(read(field, packet)).toBeNull();
  });

  it('is not there in another protocol, in a trailing fragment, or where it was cut off', () => {
    expect(read('udp.length', syn)).toBeNull();
    expect(read('tcp.window', datagram)).toBeNull();
    expect(read('icmp.type', syn)).toBeNull();
    expect(read('gre.protocol', echo)).toBeNull();
    expect(read('payload.length', gre)).toBeNull();
    expect(read('tcp.urgent', syn.subarray(0, 39))).toBeNull();
    expect(read('tcp.sequence', syn.subarray(0, 39))).toBe(0xcb00710a);
    const trailing = buildIp({ ...v4, fragment: { offsetBytes: 8, more: false } }, 17, new Uint8Array(24));
    expect(read('udp.length', trailing)).toBeNull();
    expect(read('ip.id', trailing)).toBe(0);
  });
});

it('any bytes give numbers of the field or nothing', () => {
  fc.assert(
    fc.property(fc.constantFrom(0x45, 0x46, 0x4f, 0x60), fc.uint8Array({ maxLength: 80 }), (first, rest) => {
      const packet = parsePacket(Uint8Array.of(first, ...rest));
      if (packet === null) return;
      for (const readField of Object.values(fieldReaders)) {
        const value = readField(packet, packet.length);
        if (value !== null) expect(Number.isInteger(value) && value >= 0 && value < 2 ** 32).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});
