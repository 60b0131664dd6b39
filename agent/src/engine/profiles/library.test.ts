/** The profiles that ship under examples/profiles, each held against packets built as the public descriptions say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPolicy, compileBundle, families, parsePolicy } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import {
  buildIp,
  buildTcp,
  buildUdp,
  compileMatch,
  ipProtocol,
  parsePacket,
  synOptions,
  tcpFlag,
} from '../packet/index.ts';
import { compileProfiles } from './index.ts';
import type { ProfileJudge } from './index.ts';

const folder = join(import.meta.dirname, '../../../../examples/profiles');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
const frame = `apiVersion: tidegate/v1
kind: NodeGroup
metadata: { name: all }
spec: { selector: { role: any }, interfaces: [eth0], protect: [203.0.113.0/24, 2001:db8:10::/48] }
---
apiVersion: tidegate/v1
kind: Threshold
metadata: { name: default }
spec: { groups: [all], floor: { packets: 20kpps } }
---
apiVersion: tidegate/v1
kind: Playbook
metadata: { name: floods }
spec: { trigger: { families: ["*"] }, steps: [{ drop: { ttl: 10m } }] }
`;
const { documents, findings } = parsePolicy([{ path: 'frame.yaml', text: frame }, ...files]);
const identity = {
  epoch: 1,
  commit: '0'.repeat(40),
  issuedAt: '2026-01-31T03:04:05.678Z',
  expiresAt: '2026-02-07T03:04:05.678Z',
};
const bundle = compileBundle(documents, 'all', identity);
const judges = compileProfiles(bundle.profiles);

const v4 = { source: '198.51.100.7', destination: '203.0.113.10' };
const v6 = { source: '2001:db8:9::7', destination: '2001:db8:10::1' };
const target = `${v4.destination}/32`;
const text = (written: string): Uint8Array =>
  Uint8Array.from(written, (character) => character.charCodeAt(0));
const hex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
const filled = (start: Uint8Array, length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  bytes.set(start);
  return bytes;
};

const udp = (
  payload: Uint8Array,
  ports: { sourcePort?: number; destinationPort?: number } = {},
  addresses = v4,
) => buildUdp({ ...addresses, sourcePort: 40_000, destinationPort: 27_015, ...ports, payload });
const from = (sourcePort: number, payload: Uint8Array): Uint8Array => udp(payload, { sourcePort });
const request = { ...v4, sourcePort: 40_000, destinationPort: 443, flags: tcpFlag.syn, sequence: 0x12345678 };
const syn = (fields: Partial<Parameters<typeof buildTcp>[0]> = {}): Uint8Array =>
  buildTcp({ ...request, ...fields });
const raknetMagic = '00ffff00 fefefefe fdfdfdfd 12345678';
const gre = (protocol: string, length: number): Uint8Array =>
  buildIp(v4, ipProtocol.gre, filled(hex(`0000${protocol}45`), length - 20));
const monlist = (head: string): Uint8Array => filled(hex(`${head} 0006 0048`), 440);
const quic = (head: string, length: number): Uint8Array =>
  udp(filled(hex(head), length), { destinationPort: 443 });
const ordinary: readonly [string, Uint8Array][] = [
  ['a SYN of Linux', syn({ options: synOptions.linux, identification: 7 })],
  [
    'a request over TCP',
    buildTcp({ ...request, flags: tcpFlag.ack | tcpFlag.psh, payload: text('GET / HTTP/1.1\r\n\r\n') }),
  ],
  ['an answer of DNS', from(53, filled(hex('1234 8180 0001'), 120))],
  ['an answer of NTP', from(123, filled(hex('24 02 0a ec'), 48))],
  ['a voice packet', udp(filled(hex('8000 1234'), 172))],
  ['a query with a challenge', udp(text('\xff\xff\xff\xffTSource Engine Query\0\x01\x02\x03\x04'))],
  ['QUIC with a short header', quic('43 0102030405060708', 1300)],
  ['data of WireGuard', udp(filled(hex('04000000'), 148))],
  ['a datagram without payload', udp(new Uint8Array())],
];

interface Example {
  readonly hit: readonly Uint8Array[];
  /** Nearly, but not. */
  readonly missed: readonly Uint8Array[];
  /** Whether the kernel can tell all of the profile. */
  readonly isExact: boolean;
}

const a2s = text('\xff\xff\xff\xffTSource Engine Query\0');
const examples: Readonly<Record<string, Example>> = {
  'cldap-answer': {
    hit: [from(389, filled(hex('3084 00000b5f 0201 01 64 8400000b56 0400'), 1400))],
    missed: [
      from(389, filled(hex('3084 00000b5f 0201 01 65'), 100)),
      udp(filled(hex('3084 00000b5f 0201 01 64'), 100)),
    ],
    isExact: false,
  },
  'fivem-getinfo': {
    hit: [udp(text('\xff\xff\xff\xffgetinfo xxx')), udp(text('\xff\xff\xff\xffgetstatus'))],
    missed: [udp(text('\xff\xff\xff\xffgetchallenge')), udp(text('getinfo xxx'))],
    isExact: false,
  },
  'loic-udp': {
    hit: [udp(text('A cat is fine too. Desudesudesu~')), udp(text('U dun goofed'))],
    missed: [udp(text('A cat is fine.')), buildTcp({ ...request, flags: 24, payload: text('U dun goofed') })],
    isExact: false,
  },
  'masscan-scan': {
    hit: [syn({ identification: (0x710a ^ 443 ^ 0x5678) & 0xffff })],
    missed: [syn({ identification: 0x710a }), syn({ identification: 0 })],
    isExact: false,
  },
  'memcached-answer': {
    hit: [
      from(11_211, text('\0\x01\0\0\0\x01\0\0STAT pid 1\r\n')),
      from(11_211, text('\0\x01\0\0\0\x02\0\0VALUE a 0 900\r\n')),
    ],
    missed: [
      from(11_211, text('\0\x01\0\0\0\x01\0\0END\r\n')),
      udp(text('\0\x01\0\0\0\x01\0\0STAT pid 1\r\n')),
    ],
    isExact: false,
  },
  'minecraft-legacy-ping': {
    hit: [
      buildTcp({
        ...request,
        destinationPort: 25_565,
        flags: tcpFlag.ack | tcpFlag.psh,
        payload: hex('fe01fa 000b 004d0043007c00500069006e00670048006f00730074 0019'),
      }),
    ],
    missed: [buildTcp({ ...request, flags: 24, payload: hex('1000ee05096c6f63616c686f737463dd01') })],
    isExact: true,
  },
  'mirai-gre': {
    hit: [gre('0800', 564), gre('6558', 578)],
    missed: [gre('0800', 600), gre('880b', 564)],
    isExact: false,
  },
  'mirai-scan': {
    hit: [syn({ sequence: 0xcb00710a, destinationPort: 23 })],
    missed: [
      syn({ sequence: 0x0a7100cb }),
      syn({ sequence: 0xcb00710a, flags: tcpFlag.ack }),
      syn({ ...v6 }),
    ],
    isExact: false,
  },
  'mirai-udp-plain': {
    hit: [udp(new Uint8Array(512).fill(0x5a))],
    missed: [udp(new Uint8Array(511)), udp(new Uint8Array(513))],
    isExact: true,
  },
  'ntp-monlist': {
    hit: [from(123, monlist('d7 00 03 2a')), from(123, monlist('97 01 03 2a'))],
    missed: [
      from(123, monlist('17 00 03 2a')),
      from(123, monlist('d7 00 03 10')),
      udp(monlist('d7 00 03 2a')),
    ],
    isExact: true,
  },
  'quic-initial': {
    hit: [quic('c3 00000001 08', 1200), quic('c0 00000001 14', 1252)],
    missed: [quic('e3 00000001 08', 1200), quic('c3 00000001 08', 1199), quic('c3 00000000 08', 1200)],
    isExact: true,
  },
  'raknet-open-connection': {
    hit: [udp(filled(hex(`05 ${raknetMagic} 0b`), 1464))],
    missed: [udp(filled(hex(`07 ${raknetMagic} 0b`), 34))],
    isExact: true,
  },
  'raknet-ping': {
    hit: [
      udp(hex(`01 0000000000001234 ${raknetMagic} 0102030405060708`)),
      udp(hex(`02 ffffffffffffffff ${raknetMagic}`)),
    ],
    missed: [udp(hex(`1c 0000000000001234 ${raknetMagic}`)), udp(hex(`01 ${raknetMagic}`))],
    isExact: false,
  },
  'source-engine-query': {
    hit: [udp(a2s), udp(a2s, {}, v6)],
    missed: [udp(a2s.subarray(0, 24)), udp(text('\xff\xff\xff\xffU\xff\xff\xff\xff'))],
    isExact: false,
  },
  'ssdp-answer': {
    hit: [from(1900, text('HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: upnp:rootdevice\r\n'))],
    missed: [from(1900, text('NOTIFY * HTTP/1.1\r\n')), udp(text('HTTP/1.1 404 Not Found\r\n'))],
    isExact: false,
  },
  'tcp-xmas': {
    hit: [syn({ flags: tcpFlag.fin | tcpFlag.psh | tcpFlag.urg })],
    missed: [syn({ flags: tcpFlag.fin | tcpFlag.ack }), syn({ flags: 63 }), syn({ flags: 0 })],
    isExact: true,
  },
  'teamspeak-init': {
    hit: [udp(hex('5453 33494e495431 0065 0000 88 063bece9 00 0102030405060708 0000000000000000'))],
    missed: [udp(hex('5453 33494e495431 0065 0001 88')), udp(hex('0000 000000000000 0065 0000 88'))],
    isExact: true,
  },
  'wireguard-handshake': {
    hit: [udp(filled(hex('01000000'), 148)), udp(filled(hex('01000000'), 148), {}, v6)],
    missed: [
      udp(filled(hex('02000000'), 92)),
      udp(filled(hex('01000000'), 149)),
      udp(filled(hex('01000001'), 148)),
    ],
    isExact: true,
  },
  'zmap-scan': {
    hit: [syn({ identification: 54_321, window: 65_535 })],
    missed: [syn({ identification: 54_320 }), syn({ identification: 54_321, options: synOptions.linux })],
    isExact: false,
  },
};

const hits = (judge: ProfileJudge, bytes: Uint8Array): boolean => judge.hits(parsePacket(bytes)!);
/** As the agent samples it. */
const sampled = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, 128);

it('the library is a policy in order, a file each, of families that playbooks know', () => {
  expect([...findings, ...checkPolicy(documents)]).toEqual([]);
  expect(judges.map(({ name }) => `${name}.yaml`)).toEqual(files.map(({ path }) => path));
  expect(judges.filter(({ family }) => !families.includes(family))).toEqual([]);
  expect(files.filter(({ text: written }) => !written.includes('# Source: '))).toEqual([]);
  expect(Object.keys(examples)).toEqual(judges.map(({ name }) => name));
});

describe.each(judges)('$name', (judge) => {
  const { hit, missed, isExact } = examples[judge.name] ?? { hit: [], missed: [], isExact: false };

  it('hits what it is about, also where only the first 128 bytes are known', () => {
    expect(hit.length).toBeGreaterThan(0);
    expect(hit.map((bytes) => hits(judge, bytes))).toEqual(hit.map(() => true));
    expect(hit.map((bytes) => hits(judge, sampled(bytes)))).toEqual(hit.map(() => true));
  });

  it('misses what looks nearly like it, and everyday traffic', () => {
    expect(missed.map((bytes) => hits(judge, bytes))).toEqual(missed.map(() => false));
    expect(ordinary.filter(([, bytes]) => hits(judge, bytes)).map(([name]) => name)).toEqual([]);
  });

  it('has a rule that hits the same, and says what it does without', () => {
    const { match, lost, ...rule } = judge.rule(target);
    const matcher = match === null ? () => true : compileMatch(match);
    const toTarget = hit.map((bytes) => parsePacket(bytes)!).filter(({ version }) => version === 4);
    expect(toTarget.map((packet) => matcher(packet))).toEqual(toTarget.map(() => true));
    expect({ isExact: rule.isExact, lost: lost.length > 0 }).toEqual({ isExact, lost: !isExact });
    if (isExact) expect(missed.map((bytes) => matcher(parsePacket(bytes)!))).toEqual(missed.map(() => false));
  });

  it('is no other profile', () => {
    const others = judges.filter((other) => other !== judge && hit.some((bytes) => hits(other, bytes)));
    expect(others.map(({ name }) => name)).toEqual([]);
  });
});

it('the example of the guide does what the guide says', () => {
  const guide = readFileSync(join(folder, '../../docs/attack-profiles.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(guide) ?? [];
  const policy = parsePolicy([{ path: 'guide.yaml', text: `${frame}---\n${yaml}` }]).documents;
  const [judge] = compileProfiles(compileBundle(policy, 'all', identity).profiles);
  expect(judge?.family).toBe('challenge_bot');
  const flood = (fields: { identification: number; payload: string }): Uint8Array =>
    buildUdp({
      ...v4,
      sourcePort: 4711,
      destinationPort: 27_015,
      identification: fields.identification,
      payload: filled(text(fields.payload), 40),
    });
  const challenge = '\xff\xff\xff\xffgetchallenge steam';
  expect(hits(judge!, flood({ identification: 4711, payload: challenge }))).toBe(true);
  expect(hits(judge!, flood({ identification: 4712, payload: challenge }))).toBe(false);
  expect(hits(judge!, flood({ identification: 4711, payload: '\xff\xff\xff\xffgetchallenges' }))).toBe(false);
  expect(judge!.rule(target)).toMatchObject({
    isExact: false,
    lost: ['ip.id = sourcePort', expect.stringContaining('but for what its bytes 0 to 15 have in common')],
  });
});
