import { addressBytes } from '@tidegate/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counter, counterNames } from '../types.ts';
import {
  buildDnsQuery,
  buildDnsResponse,
  buildIcmp,
  buildIp,
  buildTcp,
  buildUdp,
  countPacket,
  destinationOf,
  ipProtocol,
  isDnsAnswer,
  parsePacket,
  sourceOf,
  synOptions,
  tcpFlag,
} from './index.ts';
import type { Packet } from './index.ts';

const families = [
  { version: 4, header: 20, source: '198.51.100.7', destination: '203.0.113.9' },
  { version: 6, header: 40, source: '2001:db8:1::7', destination: '2001:db8::9' },
] as const;

/** Recomputes a checksum by the book: the sum over pseudo header and segment, checksum included, is 0xffff. */
function sumOver(...parts: Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let index = 0; index < part.length; index += 2) sum += (part[index]! << 8) + (part[index + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

describe.each(families)('IPv$version', ({ version, header, source, destination }) => {
  it('reads back a UDP packet that was built, with a right checksum', () => {
    const bytes = buildUdp({
      source,
      destination,
      sourcePort: 53,
      destinationPort: 4711,
      payload: new Uint8Array(101),
    });
    const packet = parsePacket(bytes)!;
    expect(packet).toMatchObject({
      version,
      protocol: 17,
      length: header + 109,
      sourcePort: 53,
      destinationPort: 4711,
    });
    expect([sourceOf(packet), destinationOf(packet)]).toEqual([source, destination]);
    expect(packet.payloadOffset).toBe(header + 8);
    const [from, to] = version === 4 ? [12, 12] : [0, 0];
    const pseudo = Uint8Array.of(0, 17, 0, 109);
    const addresses = [addressBytes(source).subarray(from), addressBytes(destination).subarray(to)];
    expect(sumOver(...addresses, pseudo, bytes.subarray(header))).toBe(0xffff);
  });

  it('reads back TCP flags, window and options', () => {
    const fields = {
      source,
      destination,
      sourcePort: 40000,
      destinationPort: 443,
      flags: tcpFlag.syn,
      window: 1024,
    };
    const bare = parsePacket(buildTcp(fields))!;
    expect(bare).toMatchObject({
      protocol: 6,
      tcpFlags: 2,
      tcpWindow: 1024,
      tcpHasOptions: false,
      length: header + 20,
    });
    const real = parsePacket(buildTcp({ ...fields, options: synOptions.linux }))!;
    expect(real).toMatchObject({ tcpHasOptions: true, length: header + 40, payloadOffset: header + 40 });
  });

  it('reads ICMP by its type', () => {
    const type = version === 4 ? 8 : 128;
    const bytes = buildIcmp({ source, destination, type, body: new Uint8Array(60) });
    expect(parsePacket(bytes)).toMatchObject({
      icmpType: type,
      protocol: version === 4 ? 1 : 58,
      length: header + 64,
    });
  });

  it('gives ports to the first fragment only', () => {
    const whole = buildUdp({
      source,
      destination,
      sourcePort: 53,
      destinationPort: 9,
      payload: new Uint8Array(24),
    });
    const segment = whole.subarray(header);
    const first = buildIp(
      { source, destination, fragment: { offsetBytes: 0, more: true } },
      17,
      segment.slice(0, 16),
    );
    const last = buildIp(
      { source, destination, fragment: { offsetBytes: 16, more: false } },
      17,
      segment.slice(16),
    );
    expect(parsePacket(first)).toMatchObject({ fragment: 'first', sourcePort: 53, protocol: 17 });
    expect(parsePacket(last)).toMatchObject({ fragment: 'trailing', sourcePort: null, protocol: 17 });
  });

  it('keeps what it could read of a packet that was cut off', () => {
    const bytes = buildTcp({ source, destination, sourcePort: 1, destinationPort: 2, flags: 2 });
    expect(parsePacket(bytes.subarray(0, header + 13))).toMatchObject({
      protocol: 6,
      sourcePort: null,
      tcpFlags: null,
    });
    expect(parsePacket(bytes.subarray(0, header + 14))).toMatchObject({
      sourcePort: 1,
      tcpFlags: 2,
      tcpWindow: null,
    });
    expect(parsePacket(bytes.subarray(0, header - 1))).toBeNull();
  });
});

describe('headers that are not plain', () => {
  it('skips IPv4 options', () => {
    const plain = buildUdp({
      source: '192.0.2.1',
      destination: '192.0.2.2',
      sourcePort: 7,
      destinationPort: 9,
    });
    const withOptions = Uint8Array.from([...plain.subarray(0, 20), 1, 1, 1, 0, ...plain.subarray(20)]);
    withOptions[0] = 0x46;
    withOptions[3] = withOptions.length;
    expect(parsePacket(withOptions)).toMatchObject({ sourcePort: 7, payloadOffset: 32 });
  });

  const udp = buildUdp({
    source: '2001:db8::1',
    destination: '2001:db8::2',
    sourcePort: 7,
    destinationPort: 9,
  });
  const behind = (...extensions: number[][]): Uint8Array => {
    const chain = extensions.flat();
    const packet = Uint8Array.from([...udp.subarray(0, 40), ...chain, ...udp.subarray(40)]);
    packet[6] = ipProtocol.destinationOptions;
    packet[5] = packet.length - 40;
    return packet;
  };
  const options = (next: number): number[] => [next, 0, 1, 4, 0, 0, 0, 0];

  it('follows IPv6 extension headers, six at most', () => {
    expect(parsePacket(behind(options(17)))).toMatchObject({ protocol: 17, sourcePort: 7 });
    const six = [60, 60, 60, 60, 60].map(options);
    expect(parsePacket(behind(...six, options(17)))).toMatchObject({ protocol: 17, sourcePort: 7 });
    expect(parsePacket(behind(...six, options(60), options(17)))).toMatchObject({
      protocol: 60,
      sourcePort: null,
    });
  });

  it('takes an atomic fragment for a whole packet (RFC 6946)', () => {
    const atomic = behind(options(44), [17, 0, 0, 0, 0, 0, 0, 9]);
    expect(parsePacket(atomic)).toMatchObject({ fragment: 'none', sourcePort: 7 });
  });

  it('takes no atomic fragment for the end of a real one', () => {
    const first = behind(options(44), [44, 0, 0, 1, 0, 0, 0, 9], [17, 0, 0, 0, 0, 0, 0, 9]);
    expect(parsePacket(first)).toMatchObject({ fragment: 'first', sourcePort: 7 });
  });

  it('reads nothing behind the packet’s own end', () => {
    const padded = (packet: Uint8Array, lengthAt: number, length: number): Uint8Array => {
      const frame = Uint8Array.from([...packet, ...new Uint8Array(20).fill(53)]);
      new DataView(frame.buffer).setUint16(lengthAt, length);
      return frame;
    };
    const ends = { source: '192.0.2.1', destination: '192.0.2.2', sourcePort: 7, destinationPort: 9 };
    const empty = parsePacket(padded(buildUdp(ends), 2, 28))!;
    expect(empty.sourcePort).toBe(7);
    expect(empty.data.length).toBe(empty.payloadOffset);
    expect(parsePacket(padded(buildUdp(ends), 2, 27))).toMatchObject({ sourcePort: null });
    expect(parsePacket(padded(udp, 4, 7))).toMatchObject({ sourcePort: null });
    // 0 says nothing of where the packet ends.
    expect(parsePacket(padded(udp, 4, 0))).toMatchObject({ sourcePort: 7 });
  });

  it('knows no payload of TCP whose header is shorter than it can be', () => {
    const ends = { source: '192.0.2.1', destination: '192.0.2.2', sourcePort: 7, destinationPort: 9 };
    const bytes = buildTcp({ ...ends, flags: 2, payload: new Uint8Array(30) });
    bytes[32] = 0x40;
    expect(parsePacket(bytes)).toMatchObject({ tcpFlags: 2, payloadOffset: bytes.length });
  });

  it('never throws and never reads beyond the bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 140 }), fc.constantFrom(0x45, 0x4f, 0x60), (bytes, first) => {
        if (bytes.length > 0) bytes[0] = first;
        const packet = parsePacket(bytes);
        if (packet === null) return;
        countPacket(new Float64Array(counterNames.length), packet);
        expect(packet.length).toBeGreaterThanOrEqual(20);
        for (const port of [packet.sourcePort, packet.destinationPort])
          expect(port ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('counting', () => {
  const counted = (bytes: Uint8Array): Record<string, number> => {
    const row = new Float64Array(counterNames.length);
    countPacket(row, parsePacket(bytes)!);
    return Object.fromEntries(
      counterNames.filter((name) => row[counter[name]] !== 0).map((name) => [name, row[counter[name]]!]),
    );
  };
  const ends = { source: '192.0.2.1', destination: '192.0.2.2', sourcePort: 53, destinationPort: 443 };

  it.each([
    [tcpFlag.syn, { tcpSyn: 1 }],
    [tcpFlag.syn | tcpFlag.ack, { tcpSynAck: 1 }],
    [tcpFlag.ack | tcpFlag.psh, { tcpAck: 1 }],
    [tcpFlag.fin | tcpFlag.ack, { tcpFin: 1 }],
    [tcpFlag.rst, { tcpRst: 1 }],
    [0, { tcpInvalid: 1 }],
    [tcpFlag.syn | tcpFlag.fin, { tcpFin: 1, tcpInvalid: 1 }],
    [tcpFlag.fin, { tcpFin: 1, tcpInvalid: 1 }],
  ])('TCP flags %i', (flags, expected) => {
    expect(counted(buildTcp({ ...ends, flags }))).toEqual({
      packets: 1,
      bytes: 40,
      tcpPackets: 1,
      tcpBytes: 40,
      ...expected,
    });
  });

  it('knows amplifiers by their source port, DNS by its own', () => {
    const bytes = buildUdp(ends);
    expect(counted(bytes)).toEqual({
      packets: 1,
      bytes: 28,
      udpPackets: 1,
      udpBytes: 28,
      udpAmplifierPackets: 1,
      udpAmplifierBytes: 28,
      udpDnsPackets: 1,
      udpDnsBytes: 28,
    });
    expect(counted(buildUdp({ ...ends, sourcePort: 123 }))['udpDnsPackets']).toBeUndefined();
    expect(counted(buildUdp({ ...ends, sourcePort: 5000 }))['udpAmplifierPackets']).toBeUndefined();
  });

  const ends6 = { source: '2001:db8::1', destination: '2001:db8::2' };
  it.each([
    [ends, 8, 'icmpEchoRequests'],
    [ends, 0, 'icmpEchoReplies'],
    [ends, 3, 'icmpUnreachable'],
    [ends6, 128, 'icmpEchoRequests'],
    [ends6, 129, 'icmpEchoReplies'],
    [ends6, 1, 'icmpUnreachable'],
  ] as const)('ICMP from $source of type %i', (addresses, type, name) => {
    const bytes = buildIcmp({ ...addresses, type });
    const header = bytes.length - 8;
    expect(counted(bytes)[name]).toBe(1);
    // The type is believed where type, code and checksum are there.
    expect(counted(bytes.subarray(0, header + 4))[name]).toBe(1);
    expect(counted(bytes.subarray(0, header + 3))[name]).toBeUndefined();
    const other = counted(
      buildIcmp({ ...addresses, type: type === 3 || type === 8 || type === 0 ? 129 : 8 }),
    );
    expect(Object.keys(other)).toEqual(['packets', 'bytes', 'icmpPackets', 'icmpBytes']);
  });

  it('counts GRE and ESP among the others', () => {
    for (const addresses of [ends, ends6]) {
      expect(counted(buildIp(addresses, 47, new Uint8Array(8)))).toMatchObject({
        otherPackets: 1,
        grePackets: 1,
      });
      expect(counted(buildIp(addresses, 50, new Uint8Array(8)))).toMatchObject({
        otherPackets: 1,
        espPackets: 1,
      });
    }
  });

  it('counts ICMPv6 inside IPv4 as other', () => {
    expect(counted(buildIp(ends, ipProtocol.icmpv6, new Uint8Array(8)))).toEqual({
      packets: 1,
      bytes: 28,
      otherPackets: 1,
      otherBytes: 28,
    });
  });
});

describe('DNS messages', () => {
  const sent = (sourcePort: number, payload: Uint8Array): Packet =>
    parsePacket(
      buildUdp({ source: '192.0.2.1', destination: '192.0.2.2', sourcePort, destinationPort: 9, payload }),
    )!;

  it('has exactly the length that was asked for, and is known as a response', () => {
    for (const lengthBytes of [80, 512, 1232, 4096]) {
      const message = buildDnsResponse({ id: 7, name: 'example.org', lengthBytes });
      expect(message.length).toBe(lengthBytes);
      expect(isDnsAnswer(sent(53, message))).toBe(true);
      expect(isDnsAnswer(sent(5353, message))).toBe(false);
    }
    expect(isDnsAnswer(sent(53, buildDnsQuery({ id: 7, name: 'example.org' })))).toBe(false);
    expect(isDnsAnswer(sent(53, new Uint8Array(11).fill(0xff)))).toBe(false);
    expect(() => buildDnsResponse({ id: 7, name: 'example.org', lengthBytes: 30 })).toThrow(RangeError);
  });
});
