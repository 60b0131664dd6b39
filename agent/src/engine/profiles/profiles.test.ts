import type { CompiledProfile, TrafficMatch } from '@tidegate/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTcp, buildUdp, compileMatch, parsePacket, tcpFlag } from '../packet/index.ts';
import { compileProfiles } from './index.ts';
import type { ProfileJudge } from './index.ts';

const destination = '203.0.113.10';
const target = `${destination}/32`;
const v4 = { source: '198.51.100.7', destination };
const v6 = { source: '2001:db8:9::7', destination: '2001:db8:10::1' };
const utf8 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function judgeOf(conditions: Partial<CompiledProfile>): ProfileJudge {
  const frame = { name: 'own', description: 'A test.', family: 'own_bot', shareMin: 0.6, confidence: 0.9 };
  return compileProfiles([{ ...frame, match: {}, ...conditions }])[0]!;
}
const hits = (judge: ProfileJudge, bytes: Uint8Array, length?: number): boolean =>
  judge.hits(parsePacket(bytes)!, length);

const mirai: Partial<CompiledProfile> = {
  match: { protocol: 6, tcpFlags: { mask: 23, value: 2 } },
  fields: [{ field: 'tcp.sequence', xorOf: ['ip.destination'] }],
};
const syn = { ...v4, sourcePort: 4000, destinationPort: 23, flags: tcpFlag.syn, sequence: 0xcb00710a };

describe('a profile', () => {
  it('hits what fulfils every condition', () => {
    const judge = judgeOf(mirai);
    expect(hits(judge, buildTcp(syn))).toBe(true);
    expect(hits(judge, buildTcp({ ...syn, sequence: 0xcb00710b }))).toBe(false);
    expect(hits(judge, buildTcp({ ...syn, flags: tcpFlag.ack }))).toBe(false);
    expect(hits(judge, buildTcp({ ...syn, ...v6 }))).toBe(false);
    expect(hits(judge, buildTcp(syn).subarray(0, 38))).toBe(true);
    expect(hits(judge, buildTcp(syn).subarray(0, 24))).toBe(false);
  });

  it('compares a field with others, cut to its bits', () => {
    const judge = judgeOf({
      match: { protocol: 6 },
      fields: [{ field: 'ip.id', xorOf: ['ip.destination', 'destinationPort', 'tcp.sequence'] }],
    });
    const sequence = 0xf2345678;
    const identification = (0x710a ^ 23 ^ 0x5678) & 0xffff;
    expect(hits(judge, buildTcp({ ...syn, sequence, identification }))).toBe(true);
    expect(hits(judge, buildTcp({ ...syn, sequence, identification: identification ^ 1 }))).toBe(false);
  });

  it('asks for values, in IPv4 and IPv6', () => {
    const ranges = [
      { from: 0, to: 0 },
      { from: 100, to: 200 },
    ];
    const judge = judgeOf({ match: { protocol: 17 }, fields: [{ field: 'payload.length', ranges }] });
    const datagram = (length: number, addresses = v4): Uint8Array =>
      buildUdp({ ...addresses, sourcePort: 1, destinationPort: 2, payload: new Uint8Array(length) });
    expect([0, 1, 99, 100, 200, 201].map((length) => hits(judge, datagram(length)))).toEqual([
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
    expect(hits(judge, datagram(150, v6))).toBe(true);
    // The length that the kernel saw counts, not that of the copy.
    expect(hits(judge, datagram(150).subarray(0, 60), 178)).toBe(true);
  });

  it('looks for its pattern in the payload only, and guesses nothing of what was cut off', () => {
    const judge = judgeOf({ match: { protocol: 17 }, regex: '^\\x00{4}stats$' });
    const datagram = (payload: string): Uint8Array =>
      buildUdp({ ...v4, sourcePort: 1, destinationPort: 2, payload: utf8(payload) });
    expect(hits(judge, datagram('\0\0\0\0stats'))).toBe(true);
    expect(hits(judge, datagram('\0\0\0\0stats\r\n'))).toBe(false);
    expect(hits(judge, datagram('\0\0\0\0stats\r\n').subarray(0, 37))).toBe(false);
    expect(hits(judge, datagram('\0\0\0stats'))).toBe(false);
    const inHeader = judgeOf({ match: {}, regex: 'stats' });
    expect(hits(inHeader, buildUdp({ ...v4, sourcePort: 0x7374, destinationPort: 0x6174 }))).toBe(false);
  });

  it('is none with a pattern that cannot be read', () => {
    expect(() => judgeOf({ regex: '(x|y)*x(x|y){20}' })).toThrow(expect.objectContaining({ code: 'TG1017' }));
    expect(compileProfiles()).toEqual([]);
  });
});

describe('the counter of a profile', () => {
  const amplifier = { from: 123, to: 123 };
  it.each<[string, CompiledProfile['match'], string]>([
    ['connection requests', { protocol: 6, tcpFlags: { mask: 23, value: 2 } }, 'tcpSyn'],
    ['SYN with any other flag', { protocol: 6, tcpFlags: { mask: 2, value: 2 } }, 'tcpPackets'],
    ['answers to requests', { protocol: 6, tcpFlags: { mask: 23, value: 18 } }, 'tcpSynAck'],
    ['only ACK', { protocol: 6, tcpFlags: { mask: 31, value: 16 } }, 'tcpAck'],
    ['resets', { protocol: 6, tcpFlags: { mask: 4, value: 4 } }, 'tcpRst'],
    ['XMAS', { protocol: 6, tcpFlags: { mask: 63, value: 41 } }, 'tcpInvalid'],
    ['any TCP', { protocol: 6 }, 'tcpPackets'],
    ['answers of amplifiers', { protocol: 17, sourcePorts: [amplifier] }, 'udpAmplifierPackets'],
    ['DNS answers', { protocol: 17, sourcePorts: [{ from: 53, to: 53 }] }, 'udpDnsPackets'],
    [
      'ports of which one is an amplifier’s',
      { protocol: 17, sourcePorts: [amplifier, { from: 1, to: 9 }] },
      'udpPackets',
    ],
    ['ICMP', { protocol: 1 }, 'icmpPackets'],
    ['ICMPv6', { protocol: 58 }, 'icmpPackets'],
    ['GRE', { protocol: 47 }, 'grePackets'],
    ['ESP', { protocol: 50 }, 'espPackets'],
    ['any other protocol', { protocol: 99 }, 'otherPackets'],
    ['no protocol', { packetLengths: [{ from: 40, to: 40 }] }, 'packets'],
    ['fragments', { fragment: true }, 'fragments'],
  ])('of %s', (_, match, expected) => {
    expect(judgeOf({ match }).counter).toBe(expected);
  });
});

describe('the rule of a profile', () => {
  it('says all of it where the kernel can', () => {
    const match = { protocol: 17, destinationPorts: [{ from: 11_211, to: 11_211 }] };
    expect(judgeOf({ match, regex: '^.{8}stats' }).rule(target)).toEqual({
      match: { destination: target, ...match, payload: { offset: 8, bytes: '7374617473' } },
      isExact: true,
      lost: [],
    });
    expect(judgeOf({ match, regex: '^\\x17[\\x02\\x03]' }).rule(target).match?.payload).toEqual({
      offset: 0,
      bytes: '1702',
      mask: 'fffe',
    });
  });

  it('names what it does without', () => {
    const { match, isExact, lost } = judgeOf(mirai).rule(target);
    expect(match).toEqual({ destination: target, ...mirai.match });
    expect({ isExact, lost }).toEqual({ isExact: false, lost: ['tcp.sequence = ip.destination'] });

    const ranges = [{ from: 54_321, to: 54_321 }];
    const fields: CompiledProfile['fields'] = [
      { field: 'ip.id', ranges },
      { field: 'payload.length', ranges: [...ranges, { from: 1, to: 9 }] },
      { field: 'udp.length', xorOf: ['ip.id', 'ip.length'] },
    ];
    const payload = { offset: 0, bytes: 'ff' };
    expect(judgeOf({ match: { protocol: 17, payload }, fields, regex: '^\\xffx' }).rule(target).lost).toEqual(
      [
        'ip.id = 54321',
        'payload.length in 54321, 1-9',
        'udp.length = ip.id xor ip.length',
        'payload ^\\xffx',
      ],
    );
    expect(judgeOf({ regex: '^\\xff{4}TSource Engine Query' }).rule(target).lost).toEqual([
      'payload ^\\xff{4}TSource Engine Query but for what its bytes 0 to 15 have in common',
    ]);
  });

  it('is none where nothing of the profile is left', () => {
    expect(judgeOf({ regex: 'stats' }).rule(target)).toEqual({
      match: null,
      isExact: false,
      lost: ['payload stats'],
    });
  });

  const headers: CompiledProfile['match'][] = [
    { protocol: 6 },
    { protocol: 17 },
    { sourcePorts: [{ from: 1, to: 2 }] },
    { destinationPorts: [{ from: 2, to: 3 }] },
    { packetLengths: [{ from: 20, to: 43 }] },
    { fragment: false },
    { payload: { offset: 0, bytes: '61' } },
    { payload: { offset: 1, bytes: '6062', mask: 'fcff' } },
  ];
  const others: Partial<CompiledProfile>[] = [
    {},
    { fields: [{ field: 'ip.id', ranges: [{ from: 0, to: 0 }] }] },
    { fields: [{ field: 'sourcePort', xorOf: ['destinationPort'] }] },
    ...['^a', 'b', '^[ab]b', '^.b', '^a(b|c)', '^ab$', '^(?:a|.b)c?', '^b{2}'].map((regex) => ({ regex })),
  ];
  const anyProfile = fc
    .tuple(fc.subarray(headers, { maxLength: 2 }), fc.constantFrom(...others))
    .map(([conditions, other]) => ({ ...other, match: Object.assign({}, ...conditions) as TrafficMatch }));
  const anyPacket = fc
    .record({
      isTcp: fc.boolean(),
      sourcePort: fc.integer({ min: 1, max: 3 }),
      destinationPort: fc.integer({ min: 1, max: 3 }),
      identification: fc.integer({ min: 0, max: 1 }),
      fragment: fc.constantFrom(
        undefined,
        undefined,
        { offsetBytes: 0, more: true },
        { offsetBytes: 8, more: false },
      ),
      payload: fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }).map(utf8),
      cut: fc.constantFrom(0, 0, 0, 1, 2),
    })
    .map(({ isTcp, fragment, cut, ...fields }) => {
      const all = { ...v4, ...fields, flags: tcpFlag.syn, ...(fragment === undefined ? {} : { fragment }) };
      const bytes = isTcp ? buildTcp(all) : buildUdp(all);
      return bytes.subarray(0, bytes.length - cut);
    });

  it('hits every packet of the profile, and no other where it is exact', () => {
    const seen = { hit: 0, exact: 0 };
    fc.assert(
      fc.property(
        anyProfile,
        fc.array(anyPacket, { minLength: 20, maxLength: 20 }),
        (conditions, packets) => {
          const judge = judgeOf(conditions);
          const { match, isExact } = judge.rule(target);
          if (match === null) return;
          const rule = compileMatch(match);
          for (const packet of packets.map((bytes) => parsePacket(bytes)!)) {
            const isHit = judge.hits(packet);
            if (isHit) expect(rule(packet)).toBe(true);
            if (isExact) expect(isHit).toBe(rule(packet));
            seen.hit += isHit ? 1 : 0;
            seen.exact += isHit && isExact ? 1 : 0;
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(seen.hit).toBeGreaterThan(150);
    expect(seen.exact).toBeGreaterThan(40);
  });
});
