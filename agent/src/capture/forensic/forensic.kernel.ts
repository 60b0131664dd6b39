/** A full ring, opened with the program that people open it with. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildTcp, buildUdp, tcpFlag } from '../../engine/packet/index.ts';
import { createFakeRing, type FakeRing } from './fake-ring.contract.ts';
import { createForensics, type CaptureRequest, type ForensicCapture, type Forensics } from './index.ts';
import { forensicRecord } from './record.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** 16 MiB. */
const records = Math.floor(16_777_216 / forensicRecord.size);
const wallMs = Date.parse('2026-11-03T10:15:30.500Z');
const nowNs = 5_000_000_000_000n;
/** 20 µs apart is 50,000 packets/s; then a flood, of which the kernel keeps one in 64. */
const legitimateNs = 20_000n;
const floodPackets = 10_000;
const floodNs = 10_000n;
const firstNs = nowNs - BigInt(records - floodPackets) * legitimateNs - BigInt(floodPackets) * floodNs;
const floodBegins = records - floodPackets;
const detectedNs = nowNs - 30_000_000n;

const ethernet = (packet: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(14 + packet.length);
  frame.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, packet[0]! >> 4 === 4 ? 0x08 : 0x86], 0);
  frame[13] = packet[0]! >> 4 === 4 ? 0x00 : 0xdd;
  frame.set(packet, 14);
  return frame;
};
const legitimate = ethernet(
  buildUdp({
    source: '2001:db8::1',
    destination: '2001:db8::2',
    sourcePort: 4000,
    destinationPort: 5000,
    payload: new Uint8Array(1_200),
  }),
);
const attack = ethernet(
  buildTcp({
    source: '198.51.100.7',
    destination: '203.0.113.10',
    sourcePort: 1024,
    destinationPort: 443,
    flags: tcpFlag.syn,
  }),
);

const request: CaptureRequest = {
  incident: 'inc-0123456789abcdef',
  family: 'syn_flood',
  target: '203.0.113.10',
  policyDigest: 'sha256:0f',
  detectedNs: Number(detectedNs),
};

let folder: string;
let ring: FakeRing;
let capture: ForensicCapture;

const openIn = (place: string): Forensics =>
  createForensics({
    ring,
    folder: place,
    host: 'web-1',
    interfaceName: (index) => `eth${index - 3}`,
    clock: { monotonicNs: () => Number(nowNs), wallMs: () => wallMs },
    log,
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), `tg-${process.pid}-forensic-`));
  ring = createFakeRing(records);
  // One that the ring no longer holds, so that it has wrapped.
  ring.write({ atNs: firstNs - legitimateNs, frame: legitimate });
  for (let index = 0; index < records; index++) {
    const flood = index - floodBegins;
    const atNs =
      flood < 0 ? firstNs + BigInt(index) * legitimateNs : nowNs - BigInt(floodPackets - flood) * floodNs;
    ring.write(flood < 0 ? { atNs, frame: legitimate } : { atNs, frame: attack, interface: 4, rateShift: 6 });
  }
  const forensics = openIn(join(folder, 'whole'));
  capture = await forensics.capture(request);
  await forensics.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });

const fields = ['frame.time_epoch', 'frame.interface_name', 'frame.len', 'frame.cap_len'];

/** A line for each packet. */
const tshark = (...args: string[]): string[][] =>
  run('tshark', '-n', '-r', capture.file, '-T', 'fields', ...args)
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));

const epoch = (atNs: bigint): string => {
  const wall = atNs - nowNs + BigInt(wallMs) * 1_000_000n;
  return `${wall / 1_000_000_000n}.${String(wall % 1_000_000_000n).padStart(9, '0')}`;
};

test('tshark reads every packet of a full ring: times, interfaces, lengths and what is inside', () => {
  const lines = tshark(...[...fields, 'ipv6.dst', 'ip.dst'].flatMap((field) => ['-e', field]));
  expect(capture.packets).toBe(records);
  expect(lines).toHaveLength(records);
  expect(lines[0]).toEqual([epoch(firstNs), 'eth0', '1262', '128', '2001:db8::2', '']);
  expect(lines[floodBegins]).toEqual([
    epoch(nowNs - BigInt(floodPackets) * floodNs),
    'eth1',
    '54',
    '54',
    '',
    '203.0.113.10',
  ]);
  expect(lines.at(-1)?.[0]).toBe(epoch(nowNs - floodNs));
  const times = lines.map(([time]) => time!);
  expect(times).toEqual([...times].sort());
});

test('tshark shows where the kernel kept fewer, and where the attack was detected; nothing else is noted', () => {
  expect(tshark('-Y', 'frame.comment', '-e', 'frame.time_epoch', '-e', 'frame.comment')).toEqual([
    [epoch(nowNs - BigInt(floodPackets) * floodNs), 'from here on 1 in 64 packets'],
    [epoch(detectedNs), 'detected here'],
  ]);
});

test('capinfos finds the file in order and shows whose incident it is', () => {
  const about = run('capinfos', '-M', capture.file);
  for (const line of [
    /File type: +pcapng/,
    /File timestamp precision: +nanoseconds \(9\)/,
    new RegExp(`Number of packets: +${records}`),
    /Strict time order: +True/,
    /Number of interfaces in file: +2/,
    /Capture application: +Tidegate agent/,
    /incident: inc-0123456789abcdef/,
    /family: syn_flood/,
    /policy: sha256:0f/,
  ])
    expect(about).toMatch(line);
});

test.each([
  ['the copy of the ring', '8m'],
  ['the file beside it', '24m'],
])('a disk without room for %s: the reason is told, nothing is left, the ring goes on', async (_, size) => {
  const full = join(folder, size);
  mkdirSync(full);
  run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', full);
  try {
    const forensics = openIn(full);
    await expect(forensics.capture(request)).rejects.toMatchObject({
      code: 'TG2014',
      message: expect.stringContaining('ENOSPC') as string,
    });
    await forensics.close();
    expect(readdirSync(full)).toEqual([]);
    expect(ring.frozen).toBe(false);
  } finally {
    run('umount', full);
  }
});
