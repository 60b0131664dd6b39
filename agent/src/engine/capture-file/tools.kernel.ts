/**
 * Captures as other tools make them: tcpdump live on every kind of interface that a server has, and what editcap,
 * mergecap and text2pcap make of them; each compared with what tshark reads in the same file.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPair, openFrameSender } from '../../testkit/frames/index.ts';
import type { FrameSender, Pair } from '../../testkit/frames/index.ts';
import { buildUdp, destinationOf, parsePacket } from '../packet/index.ts';
import { collect } from './collect.contract.ts';
import { ipLocator, linkTypeName } from './link/index.ts';

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Datagrams that are sent for each capture, of different lengths. */
const payloads = [1, 15, 400].map((length) => new Uint8Array(length).fill(0x78));
const port = 27_015;

let folder: string;
let pair: Pair;
let sender: FrameSender;
const path = (name: string): string => join(folder, name);
const inVictim = (...args: string[]): string =>
  run('ip', 'netns', 'exec', pair.destination.namespace, ...args);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), `tg-${process.pid}-tools-`));
  pair = createPair('tools');
  sender = openFrameSender(pair.source.namespace, pair.interfaceName);
  inVictim('nft', 'add table inet t');
  inVictim('nft', 'add chain inet t in { type filter hook prerouting priority 0; }');
  inVictim('nft', `add rule inet t in udp dport ${port} log group 5`);
});
afterAll(() => {
  sender.close();
  pair.remove();
  rmSync(folder, { recursive: true });
});

function sendAll(isIpv4: boolean, vlans: readonly number[]): void {
  const family = isIpv4 ? 'ipv4' : 'ipv6';
  const [source, destination] = [pair.source[family], pair.destination[family]];
  for (const payload of payloads) {
    const datagram = buildUdp({ source, destination, sourcePort: 5000, destinationPort: port, payload });
    sender.send(pair.frame(datagram, { vlans }));
  }
}

interface Sending {
  /** @default true */
  readonly isIpv4?: boolean;
  /** @default none */
  readonly vlans?: readonly number[];
  /** @default those to the port, as tcpdump writes it */
  readonly filter?: string;
}

/** Captures the datagrams of one sending into a file. */
async function capture(name: string, args: readonly string[], sending: Sending = {}): Promise<void> {
  const { isIpv4 = true, vlans = [], filter = `udp port ${port}` } = sending;
  const inside = [
    'netns',
    'exec',
    pair.destination.namespace,
    'tcpdump',
    '-U',
    '-c',
    String(payloads.length),
  ];
  const tcpdump = spawn('ip', [...inside, '-w', path(name), ...args, ...(filter === '' ? [] : [filter])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(tcpdump, 'exit');
  let said = '';
  await new Promise<void>((resolve) => {
    tcpdump.stderr.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('listening on')) resolve();
    });
    tcpdump.once('exit', () => resolve());
  });
  sendAll(isIpv4, vlans);
  const [code] = (await ended) as [number];
  if (code !== 0) throw new Error(said);
}

/** Destination and length of the outermost IP packets, and how far they lie behind the first, as we read them. */
function ours(name: string): string[] {
  const { frames, facts } = collect(readFileSync(path(name)), [1000]);
  expect(facts.damage).toBeNull();
  return frames.map(({ bytes, linkType, atNs }) => {
    const at = ipLocator(linkType)!(bytes, 0, bytes.length);
    const packet = parsePacket(bytes.subarray(at))!;
    return `${destinationOf(packet)} ${packet.length} ${Math.round(atNs / 1000)}`;
  });
}

/** The same as tshark reads it. */
function theirs(name: string): string[] {
  const fields = ['ip.dst', 'ipv6.dst', 'ip.len', 'ipv6.plen', 'frame.time_epoch'].flatMap((field) => [
    '-e',
    field,
  ]);
  const lines = run('tshark', '-n', '-r', path(name), '-T', 'fields', '-E', 'occurrence=f', ...fields);
  const rows = lines
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const first = seconds(rows[0]![4]!);
  return rows.map(([ip4, ip6, length4, length6, time]) => {
    const isIpv4 = ip4 !== '';
    const length = isIpv4 ? Number(length4) : Number(length6) + 40;
    return `${isIpv4 ? ip4 : ip6} ${length} ${Math.round(Number(seconds(time!) - first) / 1000)}`;
  });
}

/** As nanoseconds. */
function seconds(text: string): bigint {
  const [whole, part = ''] = text.split('.');
  return BigInt(whole!) * 1_000_000_000n + BigInt(part.padEnd(9, '0').slice(0, 9));
}

const linkNames = (name: string): string[] => [
  ...new Set(collect(readFileSync(path(name))).frames.map(({ linkType }) => linkTypeName(linkType))),
];

const live: [name: string, link: string, args: string[], sending?: Sending][] = [
  ['ethernet', 'EN10MB', ['-i', 'eth0']],
  ['ethernet-ipv6', 'EN10MB', ['-i', 'eth0'], { isIpv4: false }],
  ['vlan', 'EN10MB', ['-i', 'eth0'], { vlans: [100], filter: `vlan and udp port ${port}` }],
  [
    'stacked-vlans',
    'EN10MB',
    ['-i', 'eth0'],
    { vlans: [7, 100], filter: `vlan and vlan and udp port ${port}` },
  ],
  ['nanoseconds', 'EN10MB', ['-i', 'eth0', '--time-stamp-precision=nano']],
  ['short', 'EN10MB', ['-i', 'eth0', '-s', '64']],
  ['any-sll2', 'LINUX_SLL2', ['-i', 'any']],
  ['any-sll', 'LINUX_SLL', ['-i', 'any', '-y', 'LINUX_SLL']],
  ['any-sll-ipv6', 'LINUX_SLL', ['-i', 'any', '-y', 'LINUX_SLL'], { isIpv4: false }],
  ['nflog', 'NFLOG', ['-i', 'nflog:5'], { filter: '' }],
];

describe('tcpdump, live', () => {
  it.each(live)('%s (%s): the same packets as tshark reads', async (name, link, args, sending) => {
    await capture(name, args, sending);
    expect(linkNames(name)).toEqual([link]);
    const packets = ours(name);
    expect(packets.map((packet) => packet.split(' ')[0])).toEqual(
      payloads.map(() => pair.destination[sending?.isIpv4 === false ? 'ipv6' : 'ipv4']),
    );
    expect(packets).toEqual(theirs(name));
  });

  it('the loopback interface, where every packet is seen once', async () => {
    const args = ['-i', 'lo', '-c', '1', '-w', path('loopback')];
    const tcpdump = spawn('ip', ['netns', 'exec', pair.destination.namespace, 'tcpdump', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(tcpdump, 'exit');
    await once(tcpdump.stderr, 'data');
    inVictim('bash', '-c', `echo > /dev/udp/127.0.0.1/${port}`);
    await ended;
    expect(ours('loopback')).toEqual(theirs('loopback'));
    expect(ours('loopback')).toEqual(['127.0.0.1 29 0']);
  });
});

/** A file with the IP packets of `ethernet` under another link type, each behind a header. */
function relinked(name: string, linkType: number, header: readonly number[]): void {
  const { frames } = collect(readFileSync(path('ethernet')));
  const lines = frames.map(({ bytes }) => {
    const packet = [...header, ...bytes.subarray(14)];
    return `000000 ${packet.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
  });
  writeFileSync(path('hex'), `${lines.join('\n')}\n`);
  run('text2pcap', '-q', '-l', String(linkType), '-F', 'pcap', path('hex'), path(name));
}

describe('what other tools make of them', () => {
  it.each([
    ['RAW', 101, []],
    ['NULL', 0, [2, 0, 0, 0]],
    ['NULL', 0, [0, 0, 0, 2]],
    ['LOOP', 108, [0, 0, 0, 2]],
    ['PPP', 9, [0xff, 3, 0, 0x21]],
    ['C_HDLC', 104, [0x0f, 0, 8, 0]],
  ])('text2pcap: %s (%i), header %j', (link, linkType, header) => {
    relinked('relinked', linkType, header);
    expect(linkNames('relinked')).toEqual([link]);
    expect(ours('relinked')).toEqual(theirs('relinked'));
    expect(ours('relinked')).toHaveLength(payloads.length);
  });

  it.each([
    ['editcap: nanosecond pcap', 'editcap -F nsecpcap @ethernet @made'],
    ['editcap: pcapng', 'editcap -F pcapng @nanoseconds @made'],
    ['editcap: the pcap of a libpcap with a patch', 'editcap -F modpcap @ethernet @made'],
    [
      'mergecap: pcapng with five interfaces',
      'mergecap -w @made @ethernet @any-sll2 @any-sll @vlan @nanoseconds',
    ],
    ['mergecap: one file behind the other', 'mergecap -a -w @made @nanoseconds @any-sll @ethernet'],
  ])('%s', (_, words) => {
    const [command, ...args] = words
      .split(' ')
      .map((word) => (word.startsWith('@') ? path(word.slice(1)) : word));
    run(command!, ...args);
    expect(ours('made')).toEqual(theirs('made'));
  });
});
