/** The answer to one SYN, byte for byte, and which SYNs get none. */
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { XdpSource } from '../../capture/xdp/index.ts';
import { buildIp, buildTcp, synOptions, tcpFlag } from '../../engine/packet/index.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { testRun, xdpVerdict } from '../../testkit/test-run.ts';
import { createXdpBed, type XdpBed } from '../../testkit/xdp.ts';
import { createXdpRules, type XdpRules } from './index.ts';
import { openSynproxyHost } from './synproxy.ts';

const sentBack = 3;
const id = 'mit-00000000000000aa';
const port = 8080;

let bed: XdpBed;
let source: XdpSource;
let rules: XdpRules;
let server: Server;

/** What the step opens or asks belongs to the namespace of the server. */
const there = <T>(step: () => T): T => inNamespace(bed.pair.destination.namespace, step);
const sysctl = (value: number): void => {
  there(() => {
    writeFileSync('/proc/sys/net/ipv4/tcp_syncookies', String(value));
  });
};
/** A test run takes place on the loopback interface of the namespace. */
const setMtu = (bytes: number): void => {
  execFileSync('ip', ['-n', bed.pair.destination.namespace, 'link', 'set', 'lo', 'mtu', String(bytes)]);
};
const families = ['ipv4', 'ipv6'] as const;
type Family = (typeof families)[number];
const addresses = (family: Family) => ({
  source: bed.pair.source[family],
  destination: bed.pair.destination[family],
});

beforeEach(async () => {
  bed = createXdpBed('y');
  source = bed.open();
  const former = { read: () => undefined, write: () => undefined, remove: () => undefined };
  rules = createXdpRules(source.datapath, openSynproxyHost(former));
  server = createServer();
  await there(
    () =>
      new Promise<void>((resolve) => {
        // Without a host, which would be looked up first: the socket is made here and now.
        server.listen(port, resolve);
      }),
  );
  sysctl(2);
  setMtu(1500);
});

afterEach(() => {
  server.close();
  bed.remove();
});

const apply = async (family: Family, number = 1): Promise<void> => {
  const destination = `${bed.pair.destination[family]}/${family === 'ipv4' ? 32 : 128}`;
  const match = { destination, protocol: 6, destinationPorts: [{ from: port, to: port }] };
  const rule = { id: `${id.slice(0, -1)}${number}`, match, ttlMs: 60_000, verdict: 'synproxy' as const };
  await there(() => rules.apply(rule));
};

/** Runs the program over a frame in the server's namespace, where its sockets are. */
const run = (packet: Uint8Array, frame: Parameters<typeof bed.pair.frame>[1] = {}) =>
  there(() => testRun(source.datapath.programFd, bed.pair.frame(packet, frame)));

const syn = (family: Family, changes: object = {}): Uint8Array =>
  buildTcp({
    ...addresses(family),
    ...{ sourcePort: 4000, destinationPort: port, flags: tcpFlag.syn, sequence: 0xfffffff0 },
    ...changes,
  });

/** What has to come back, given the cookie, which only the kernel knows. */
function answer(family: Family, cookie: number, mss: number): Uint8Array {
  const { source: client, destination } = addresses(family);
  const packet = buildTcp({
    ...{ source: destination, destination: client, sourcePort: port, destinationPort: 4000 },
    ...{ flags: tcpFlag.syn | tcpFlag.ack, sequence: cookie, acknowledgment: 0xfffffff1, window: 29_200 },
    options: Uint8Array.of(2, 4, mss >> 8, mss & 0xff),
  });
  if (family === 'ipv4') {
    // "Do not fragment", and the header's checksum for it (RFC 1624).
    packet[6] = 0x40;
    const view = new DataView(packet.buffer);
    const sum = (~view.getUint16(10) & 0xffff) + 0x4000;
    view.setUint16(10, ~((sum & 0xffff) + (sum >> 16)) & 0xffff);
  }
  return packet;
}

describe.each(families)('a SYN over %s', (family) => {
  const headerBytes = family === 'ipv4' ? 20 : 40;
  const mss = 1500 - headerBytes - 20;

  test.each([
    ['bare, padded by Ethernet', {}, {}],
    ['with the options of Linux', { options: synOptions.linux }, {}],
    ['with a VLAN tag', { options: synOptions.windows }, { vlans: [7] }],
    ['with two, bare', {}, { vlans: [7, 8] }],
    ['with data of TCP Fast Open', { payload: new Uint8Array(700), options: synOptions.macos }, {}],
  ])('%s is answered as TCP has it', async (_, changes, frame) => {
    await apply(family);
    const result = run(syn(family, changes), { paddedTo: 60, ...frame });
    expect(result.verdict).toBe(sentBack);
    const etherBytes = 14 + 4 * ('vlans' in frame ? frame.vlans.length : 0);
    const packet = result.frame.slice(etherBytes, etherBytes + headerBytes + 24);
    const cookie = new DataView(packet.buffer).getUint32(headerBytes + 4);
    const asked = bed.pair.frame(answer(family, cookie, mss), frame);
    // The two addresses of Ethernet change places, the tags stay.
    asked.set([...asked.subarray(6, 12), ...asked.subarray(0, 6)]);
    expect(Buffer.from(result.frame.subarray(0, asked.length)).toString('hex')).toBe(
      Buffer.from(asked).toString('hex'),
    );
    expect(result.frame.length).toBe(Math.max(60, asked.length));
    expect(await rules.readBack(`${id.slice(0, -1)}1`)).toMatchObject({ packets: 1n, answered: 1n });
  });

  test('is answered with what fits into a packet of the interface', async () => {
    await apply(family);
    setMtu(1380);
    const { frame } = run(syn(family, { options: synOptions.linux }));
    expect(new DataView(frame.buffer).getUint16(14 + headerBytes + 22)).toBe(1380 - headerBytes - 20);
  });

  test('passes where it is not one alone, and where nobody listens any more', async () => {
    await apply(family);
    for (const flags of [tcpFlag.ack, tcpFlag.syn | tcpFlag.ack, tcpFlag.syn | tcpFlag.rst])
      expect(run(syn(family, { flags })).verdict).toBe(xdpVerdict.pass);
    server.close();
    expect(run(syn(family)).verdict).toBe(xdpVerdict.pass);
  });

  test('passes while the sysctl is 1', async () => {
    await apply(family);
    sysctl(1);
    expect(run(syn(family)).verdict).toBe(xdpVerdict.pass);
    sysctl(2);
    expect(run(syn(family)).verdict).toBe(sentBack);
  });

  test('passes with headers between IP and TCP, and as a fragment', async () => {
    await apply(family);
    const segment = syn(family).subarray(headerBytes);
    const optioned =
      family === 'ipv4' ? withIpv4Options(syn(family)) : withHopByHop(addresses(family), segment);
    expect(run(optioned).verdict).toBe(xdpVerdict.pass);
    const fragment = { offsetBytes: 0, more: true };
    expect(run(buildIp({ ...addresses(family), fragment }, 6, segment)).verdict).toBe(xdpVerdict.pass);
    expect(await rules.readBack(`${id.slice(0, -1)}1`)).toMatchObject({ answered: 0n });
  });

  test('from where no client can be is dropped without an answer', async () => {
    await apply(family);
    const strangers = {
      ipv4: ['0.1.2.3', '127.0.0.1', '224.0.0.1', '255.255.255.255'],
      ipv6: ['::', '::1', 'ff02::1'],
    }[family];
    for (const stranger of strangers)
      expect(run(syn(family, { source: stranger })).verdict).toBe(xdpVerdict.drop);
    expect(await rules.readBack(`${id.slice(0, -1)}1`)).toMatchObject({
      packets: BigInt(strangers.length),
      answered: 0n,
    });
  });
});

test('one rule answers for several ports, each for its own server', async () => {
  const destinationPorts = [{ from: port, to: port + 1 }];
  const match = { destination: `${bed.pair.destination.ipv4}/32`, protocol: 6, destinationPorts };
  const rule = { id, match, ttlMs: 60_000, verdict: 'synproxy' as const };
  await expect(there(() => rules.apply(rule))).rejects.toMatchObject({ code: 'TG2002' });
  const second = createServer();
  await there(() => new Promise<void>((resolve) => void second.listen(port + 1, resolve)));
  await there(() => rules.apply(rule));
  expect(run(syn('ipv4')).verdict).toBe(sentBack);
  expect(run(syn('ipv4', { destinationPort: port + 1 })).verdict).toBe(sentBack);
  second.close();
  expect(run(syn('ipv4')).verdict).toBe(sentBack);
  expect(run(syn('ipv4', { destinationPort: port + 1 })).verdict).toBe(xdpVerdict.pass);
});

/** Four bytes of "no operation" behind the IPv4 header (RFC 791). */
function withIpv4Options(packet: Uint8Array): Uint8Array {
  const longer = Uint8Array.from([...packet.subarray(0, 20), 1, 1, 1, 1, ...packet.subarray(20)]);
  longer[0] = 0x46;
  longer[3] = longer.length;
  return longer;
}

/** An empty Hop-by-Hop header (RFC 8200, section 4.3) in front of a TCP segment. */
const withHopByHop = (fields: { source: string; destination: string }, segment: Uint8Array): Uint8Array =>
  buildIp(fields, 0, Uint8Array.from([6, 0, 1, 4, 0, 0, 0, 0, ...segment]));
