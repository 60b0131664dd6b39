import fc from 'fast-check';
import type { TrafficMatch } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { buildIp, buildTcp, buildUdp, compileMatch, matches, parsePacket, tcpFlag } from './index.ts';

const v4 = { source: '198.51.100.7', destination: '203.0.113.9' };
const v6 = { source: '2001:db8:1::7', destination: '2001:db8::9' };
const udp4 = parsePacket(
  buildUdp({ ...v4, sourcePort: 53, destinationPort: 4000, payload: new Uint8Array(100) }),
)!;
const udp6 = parsePacket(
  buildUdp({ ...v6, sourcePort: 53, destinationPort: 4000, payload: new Uint8Array(100) }),
)!;
const to4 = { destination: '203.0.113.9/32' };

describe('matches', () => {
  it.each<[string, TrafficMatch, boolean]>([
    ['destination alone', to4, true],
    ['a wider destination', { destination: '203.0.112.0/20' }, true],
    ['another destination', { destination: '203.0.113.8/32' }, false],
    ['everything of the other family', { destination: '::/0' }, false],
    ['the source prefix', { ...to4, source: '198.51.100.0/25' }, true],
    ['another source prefix', { ...to4, source: '198.51.100.128/25' }, false],
    ['protocol', { ...to4, protocol: 17 }, true],
    ['another protocol', { ...to4, protocol: 6 }, false],
    ['source port', { ...to4, sourcePorts: [{ from: 53, to: 53 }] }, true],
    [
      'the second of two ranges',
      {
        ...to4,
        destinationPorts: [
          { from: 1, to: 2 },
          { from: 3999, to: 4001 },
        ],
      },
      true,
    ],
    ['port outside', { ...to4, destinationPorts: [{ from: 4001, to: 65535 }] }, false],
    ['length', { ...to4, packetLengths: [{ from: 128, to: 128 }] }, true],
    ['length outside', { ...to4, packetLengths: [{ from: 129, to: 1500 }] }, false],
    ['flags of a packet that has none', { ...to4, tcpFlags: { mask: 2, value: 0 } }, false],
  ])('%s', (_name, match, expected) => {
    expect(matches(match, udp4)).toBe(expected);
  });

  it('does the same for IPv6', () => {
    expect(matches({ destination: '2001:db8::9/128', sourcePorts: [{ from: 53, to: 53 }] }, udp6)).toBe(true);
    expect(matches({ destination: '2001:db8::/33', packetLengths: [{ from: 148, to: 148 }] }, udp6)).toBe(
      true,
    );
    expect(matches({ destination: '2001:db8:8000::/33' }, udp6)).toBe(false);
    expect(matches({ destination: '0.0.0.0/0' }, udp6)).toBe(false);
  });

  it('looks at the masked flags only', () => {
    const syn = parsePacket(buildTcp({ ...v4, sourcePort: 1, destinationPort: 2, flags: tcpFlag.syn }))!;
    expect(matches({ ...to4, tcpFlags: { mask: 0x17, value: 2 } }, syn)).toBe(true);
    expect(matches({ ...to4, tcpFlags: { mask: 0x10, value: 0x10 } }, syn)).toBe(false);
  });

  it('hits a trailing fragment by address, protocol and length, never by port or flag', () => {
    const fragment = { offsetBytes: 1480, more: false };
    const trailing = parsePacket(buildIp({ ...v4, fragment }, 17, new Uint8Array(64)))!;
    expect(matches({ ...to4, protocol: 17, packetLengths: [{ from: 84, to: 84 }] }, trailing)).toBe(true);
    expect(matches({ ...to4, sourcePorts: [{ from: 0, to: 65535 }] }, trailing)).toBe(false);
    expect(matches({ ...to4, destinationPorts: [{ from: 0, to: 65535 }] }, trailing)).toBe(false);
    expect(matches({ ...to4, tcpFlags: { mask: 1, value: 0 } }, trailing)).toBe(false);
  });

  it('takes the length of the whole packet where the copy was cut off', () => {
    expect(compileMatch({ ...to4, packetLengths: [{ from: 1400, to: 1400 }] })(udp4, 1400)).toBe(true);
  });

  it('holds for every prefix length that contains the address', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 32 }), (length) => {
        const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
        const network = (0xcb007109 & mask) >>> 0;
        const text = [24, 16, 8, 0].map((shift) => (network >>> shift) & 0xff).join('.');
        expect(matches({ destination: `${text}/${length}` }, udp4)).toBe(true);
      }),
    );
  });
});
