/** What can be a packet of its protocol, and what cannot. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildIp, parsePacket } from '../packet/index.ts';
import { isSenseless } from './protocols.ts';
import { host } from './situation.contract.ts';

const packetOf = (protocol: number, payload: Uint8Array) =>
  parsePacket(buildIp({ source: '192.0.2.1', destination: host }, protocol, payload))!;
const padded = (begin: readonly number[], length = 64): Uint8Array => {
  const bytes = new Uint8Array(length);
  bytes.set(begin);
  return bytes;
};

describe('a packet of', () => {
  it.each<{ name: string; protocol: number; begin: readonly number[] }>([
    { name: 'IGMP, a report of version 3', protocol: 2, begin: [0x22, 0, 0xf9, 2, 0, 0, 0, 1] },
    { name: 'IPv4 in IP', protocol: 4, begin: [0x45, 0, 0, 64] },
    { name: 'IPv6 in IP', protocol: 41, begin: [0x60, 0, 0, 0, 0, 24] },
    { name: 'RSVP, a path message', protocol: 46, begin: [0x10, 1] },
    { name: 'OSPFv2, a hello', protocol: 89, begin: [2, 1, 0, 44] },
    { name: 'PIM, a hello', protocol: 103, begin: [0x20, 0] },
    { name: 'L2TPv3, data of a session', protocol: 115, begin: [0, 0, 0, 7] },
    { name: 'L2TPv3, control', protocol: 115, begin: [0, 0, 0, 0, 0xc8, 3] },
    {
      name: 'SCTP, an INIT',
      protocol: 132,
      begin: [0x0b, 0x59, 0x0b, 0x59, 0, 0, 0, 0, 1, 2, 3, 4, 1, 0, 0, 20],
    },
    { name: 'UDP-Lite, the header covered', protocol: 136, begin: [0, 53, 0, 53, 0, 8] },
    { name: 'a protocol of which nothing is known', protocol: 112, begin: [0x21] },
  ])('$name makes sense, and zeros do not unless nothing is known', ({ protocol, begin }) => {
    expect(isSenseless(packetOf(protocol, padded(begin)))).toBe(false);
    expect(isSenseless(packetOf(protocol, padded([], 3)))).toBe(protocol !== 112);
  });

  it('historic and reserved protocols never does', () => {
    for (const protocol of [8, 253, 254, 255])
      expect(isSenseless(packetOf(protocol, padded([1, 2, 3])))).toBe(true);
  });

  it('any protocol with any bytes is looked at without a fault', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 80 }), (protocol, payload) => {
        const packet = parsePacket(buildIp({ source: '192.0.2.1', destination: host }, protocol, payload));
        if (packet !== null) expect(typeof isSenseless(packet)).toBe('boolean');
      }),
    );
  });
});
