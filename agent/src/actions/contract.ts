/**
 * What every rule backend must do, as cases that each implementation runs against the real thing and its fake.
 *
 * ```ts
 * ruleBackendContract('nftables', makeLab);
 * ```
 */
import { TidegateError, readCidr, type TrafficMatch } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildIp, buildTcp, buildUdp, ipProtocol, tcpFlag } from '../engine/packet/index.ts';
import type { RuleBackend, RuleRequest } from './backend.ts';

/** Where a backend is tried: an address of each family that it guards, and somebody who sends to them. */
export interface ContractLab {
  readonly targets: { readonly ipv4: string; readonly ipv6: string };
  readonly sources: { readonly ipv4: string; readonly ipv6: string };
  /** Opens the backend, each time as a fresh process would. The lab closes what it opened. */
  open(): Promise<RuleBackend>;
  /** Sends IP packets from source to target, one by one; returns how many of them got past the backend. */
  send(packets: readonly Uint8Array[]): Promise<number>;
  /** Lets time pass. */
  wait(ms: number): Promise<void>;
  /** Removes all traces. */
  close(): Promise<void>;
}

export interface ContractOptions {
  /** How coarsely the backend tells the time that is left, ms. */
  readonly expiryResolutionMs: number;
}

const minuteMs = 60_000;
const id = (number: number): string => `mit-${number.toString(16).padStart(16, '0')}`;

export function ruleBackendContract(
  name: string,
  makeLab: () => Promise<ContractLab>,
  options: ContractOptions,
): void {
  describe(`rule backend ${name}`, () => {
    let lab: ContractLab | undefined;
    let backend: RuleBackend | undefined;
    const context: Context = {
      lab: () => lab!,
      backend: () => backend!,
      rule: (number, changes = {}) => ({
        id: id(number),
        match: { destination: `${lab!.targets.ipv4}/32` },
        ttlMs: minuteMs,
        verdict: 'drop',
        ...changes,
      }),
    };
    beforeEach(async () => {
      lab = await makeLab();
      backend = await lab.open();
    });
    afterEach(async () => {
      await lab?.close();
      lab = undefined;
    });

    lifeCases(context, options);
    timeCases(context, options);
    adoptionCases(context);
    for (const family of ['ipv4', 'ipv6'] as const) {
      rangeCases(context, family);
      headerCases(context, family);
    }
    refusalCases(context);
  });
}

interface Context {
  readonly lab: () => ContractLab;
  readonly backend: () => RuleBackend;
  readonly rule: (number: number, changes?: Partial<RuleRequest>) => RuleRequest;
}

function lifeCases({ lab, backend, rule }: Context, { expiryResolutionMs }: ContractOptions): void {
  const packet = () => buildUdp(ports(lab(), 'ipv4', 4000, 5000));

  test('an applied rule is read back with its id, verdict and time left', async () => {
    expect(await backend().readBack(id(1))).toBeNull();
    await backend().apply(rule(1));
    const installed = await backend().readBack(id(1));
    expect(installed).toMatchObject({ id: id(1), verdict: 'drop', packets: 0n, bytes: 0n });
    expect(installed?.expiresInMs).toBeLessThanOrEqual(minuteMs);
    expect(installed?.expiresInMs).toBeGreaterThan(minuteMs - 5000 - expiryResolutionMs);
  });

  test('a dropping rule lets nothing through and counts what it took', async () => {
    expect(await lab().send([packet()])).toBe(1);
    await backend().apply(rule(1));
    expect(await lab().send([packet(), packet(), packet()])).toBe(0);
    expect(await backend().readBack(id(1))).toMatchObject({ packets: 3n, bytes: 3n * 28n });
  });

  test('a counting rule counts and lets through', async () => {
    await backend().apply(rule(1, { verdict: 'count' }));
    expect(await lab().send([packet(), packet()])).toBe(2);
    expect(await backend().readBack(id(1))).toMatchObject({ verdict: 'count', packets: 2n, bytes: 2n * 28n });
  });

  test('a counting rule sees what a dropping one takes, whichever came first', async () => {
    await backend().apply(rule(1));
    await backend().apply(rule(2, { verdict: 'count' }));
    expect(await lab().send([packet()])).toBe(0);
    expect((await backend().readBack(id(1)))?.packets).toBe(1n);
    expect((await backend().readBack(id(2)))?.packets).toBe(1n);
  });

  test('applying the same id again leaves one rule', async () => {
    await backend().apply(rule(1));
    await backend().apply(rule(1));
    await backend().apply(rule(2));
    expect((await backend().list()).map((installed) => installed.id).sort()).toEqual([id(1), id(2)]);
    expect(await lab().send([packet()])).toBe(0);
  });

  test('applying many at once installs all of them', async () => {
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((number) => backend().apply(rule(number))));
    expect(await backend().list()).toHaveLength(8);
    const read = await Promise.all([1, 8, 9].map((number) => backend().readBack(id(number))));
    expect(read.map((installed) => installed?.id ?? null)).toEqual([id(1), id(8), null]);
  });

  test('removing gives the last counters, once, and only of that rule', async () => {
    await backend().apply(rule(1));
    await backend().apply(rule(2, { match: { destination: `${lab().targets.ipv6}/128` } }));
    await lab().send([packet(), packet()]);
    expect(await backend().remove(id(1))).toMatchObject({ id: id(1), packets: 2n, bytes: 2n * 28n });
    expect(await backend().remove(id(1))).toBeNull();
    expect(await backend().readBack(id(1))).toBeNull();
    expect(await backend().readBack(id(2))).not.toBeNull();
    expect(await lab().send([packet()])).toBe(1);
  });

  test('removing all leaves nothing, and says how many there were', async () => {
    await backend().apply(rule(1));
    await backend().apply(rule(2, { verdict: 'count' }));
    expect(await backend().removeAll()).toBe(2);
    expect(await backend().list()).toEqual([]);
    expect(await backend().removeAll()).toBe(0);
    expect(await lab().send([packet()])).toBe(1);
    await backend().apply(rule(3));
    expect(await lab().send([packet()])).toBe(0);
  });
}

function timeCases({ lab, backend, rule }: Context, { expiryResolutionMs }: ContractOptions): void {
  const packet = () => buildUdp(ports(lab(), 'ipv4', 4000, 5000));

  test('renewing extends the time left and keeps the counters', async () => {
    await backend().apply(rule(1, { ttlMs: 10_000 }));
    await lab().send([packet()]);
    await backend().apply(rule(1, { ttlMs: minuteMs }));
    const renewed = await backend().readBack(id(1));
    expect(renewed).toMatchObject({ packets: 1n, bytes: 28n });
    expect(renewed?.expiresInMs).toBeGreaterThan(minuteMs - 5000 - expiryResolutionMs);
    expect(renewed?.expiresInMs).toBeLessThanOrEqual(minuteMs);
  });

  test('a rule ends by itself, and can then be applied anew', async () => {
    await backend().apply(rule(1, { ttlMs: 1200 }));
    await backend().apply(rule(2, { match: { destination: `${lab().targets.ipv6}/128` } }));
    expect(await lab().send([packet()])).toBe(0);
    await lab().wait(1500);
    expect(await lab().send([packet()])).toBe(1);
    expect(await backend().readBack(id(1))).toBeNull();
    expect((await backend().list()).map((installed) => installed.id)).toEqual([id(2)]);
    expect(await backend().remove(id(1))).toBeNull();
    await backend().apply(rule(1));
    expect(await backend().readBack(id(1))).toMatchObject({ packets: 0n });
    expect(await lab().send([packet()])).toBe(0);
  });

  test('a rule that was renewed lives past its first end', async () => {
    await backend().apply(rule(1, { ttlMs: 1200 }));
    await backend().apply(rule(1, { ttlMs: minuteMs }));
    await lab().wait(1500);
    expect(await backend().readBack(id(1))).not.toBeNull();
    expect(await lab().send([packet()])).toBe(0);
  });
}

function adoptionCases({ lab, backend, rule }: Context): void {
  test('a fresh process finds, reads, renews and removes the rules of the one before', async () => {
    await backend().apply(rule(1));
    await backend().apply(rule(2, { verdict: 'count' }));
    backend().close();
    const next = await lab().open();
    expect((await next.list()).map((installed) => [installed.id, installed.verdict]).sort()).toEqual([
      [id(1), 'drop'],
      [id(2), 'count'],
    ]);
    expect(await lab().send([buildUdp(ports(lab(), 'ipv4', 4000, 5000))])).toBe(0);
    await next.apply(rule(1, { ttlMs: 2 * minuteMs }));
    const renewed = await next.readBack(id(1));
    expect(renewed?.packets).toBe(1n);
    expect(renewed?.expiresInMs).toBeGreaterThan(minuteMs);
    expect(await next.remove(id(1))).not.toBeNull();
    expect(await next.removeAll()).toBe(1);
  });
}

type Family = 'ipv4' | 'ipv6';

function networkOf(address: string, length: number): string {
  const reading = readCidr(`${address}/${length}`);
  return reading.ok ? reading.value.text : (reading.suggestion ?? '');
}

const ports = (lab: ContractLab, family: Family, sourcePort: number, destinationPort: number) => ({
  source: lab.sources[family],
  destination: lab.targets[family],
  sourcePort,
  destinationPort,
});

/** Packets of one family, and the check that a match hits some of them and misses the others. */
function matcher({ lab, backend, rule }: Context, family: Family) {
  const ipBytes = family === 'ipv4' ? 20 : 40;
  const bits = family === 'ipv4' ? 32 : 128;
  const udp = (sourcePort: number, destinationPort: number, length = ipBytes + 8) =>
    buildUdp({
      ...ports(lab(), family, sourcePort, destinationPort),
      payload: new Uint8Array(length - ipBytes - 8),
    });
  const tcp = (flags: number) => buildTcp({ ...ports(lab(), family, 4000, 80), flags });
  const hit = async (match: Partial<TrafficMatch>, hits: Uint8Array[], misses: Uint8Array[]) => {
    await backend().apply(rule(1, { match: { destination: `${lab().targets[family]}/${bits}`, ...match } }));
    expect(await lab().send(misses)).toBe(misses.length);
    expect(await lab().send(hits)).toBe(0);
    const bytes = hits.reduce((sum, packet) => sum + packet.length, 0);
    const expected = { packets: BigInt(hits.length), bytes: BigInt(bytes) };
    expect(await backend().readBack(id(1))).toMatchObject(expected);
  };
  return { udp, tcp, hit, ipBytes };
}

function rangeCases(context: Context, family: Family): void {
  const { udp, hit } = matcher(context, family);

  test(`${family}: ports, any of several ranges, both ends included`, async () => {
    await hit(
      {
        protocol: 17,
        sourcePorts: [
          { from: 53, to: 53 },
          { from: 100, to: 200 },
        ],
        destinationPorts: [{ from: 5000, to: 5001 }],
      },
      [udp(53, 5000), udp(100, 5001), udp(200, 5000)],
      [udp(52, 5000), udp(99, 5000), udp(201, 5000), udp(53, 4999), udp(53, 5002)],
    );
  });

  test(`${family}: lengths are those of the IP packet, any of several ranges`, async () => {
    await hit(
      {
        packetLengths: [
          { from: 60, to: 60 },
          { from: 1200, to: 1400 },
        ],
      },
      [udp(1, 2, 60), udp(1, 2, 1200), udp(1, 2, 1400)],
      [udp(1, 2, 59), udp(1, 2, 61), udp(1, 2, 1199), udp(1, 2, 1401)],
    );
  });

  test(`${family}: a single range`, async () => {
    await hit(
      { protocol: 17, sourcePorts: [{ from: 53, to: 53 }], packetLengths: [{ from: 1000, to: 1400 }] },
      [udp(53, 7, 1000), udp(53, 7, 1400)],
      [udp(53, 7, 999), udp(54, 7, 1000)],
    );
  });
}

function headerCases(context: Context, family: Family): void {
  const { lab, backend } = context;
  const { udp, tcp, hit, ipBytes } = matcher(context, family);

  test(`${family}: TCP flags, the looked-at bits only`, async () => {
    await hit(
      { protocol: 6, tcpFlags: { mask: tcpFlag.syn | tcpFlag.ack, value: tcpFlag.syn } },
      [tcp(tcpFlag.syn), tcp(tcpFlag.syn | tcpFlag.psh)],
      [tcp(tcpFlag.syn | tcpFlag.ack), tcp(tcpFlag.ack), tcp(0), udp(4000, 80)],
    );
  });

  test(`${family}: ports without a protocol mean TCP and UDP only`, async () => {
    const looksAlike = buildIp(ports(lab(), family, 0, 0), 47, Uint8Array.of(0, 53, 0, 80, 0, 8, 0, 0));
    await hit(
      { destinationPorts: [{ from: 80, to: 80 }] },
      [tcp(tcpFlag.ack), udp(53, 80)],
      [looksAlike, udp(80, 53)],
    );
  });

  test(`${family}: source and destination prefixes`, async () => {
    const [wide, narrow] = family === 'ipv4' ? [24, 31] : [64, 127];
    const match = {
      destination: networkOf(lab().targets[family], wide),
      source: networkOf(lab().sources[family], narrow),
    };
    const stranger = family === 'ipv4' ? '192.0.2.99' : '2001:db8:ffff::99';
    await hit(match, [udp(1, 2)], [buildUdp({ ...ports(lab(), family, 1, 2), source: stranger })]);
  });

  test(`${family}: a trailing fragment has no ports`, async () => {
    const fragment = (offsetBytes: number) =>
      buildIp(
        {
          ...ports(lab(), family, 0, 0),
          identification: 9,
          fragment: { offsetBytes, more: offsetBytes === 0 },
        },
        ipProtocol.udp,
        udp(53, 80, ipBytes + 24).subarray(ipBytes),
      );
    await hit({ protocol: 17, sourcePorts: [{ from: 53, to: 53 }] }, [fragment(0)], [fragment(24)]);
    await backend().remove(id(1));
    await hit({ protocol: 17 }, [fragment(0), fragment(24)], []);
  });

  test(`${family}: the other family is not touched`, async () => {
    const other = family === 'ipv4' ? 'ipv6' : 'ipv4';
    await hit({}, [udp(1, 2)], [buildUdp(ports(lab(), other, 1, 2))]);
  });
}

function refusalCases({ lab, backend, rule }: Context): void {
  const wrong: [string, (destination: string) => TrafficMatch][] = [
    ['a source of the other family', (destination) => ({ destination, source: '2001:db8::/32' })],
    [
      'ports of a protocol that has none',
      (destination) => ({ destination, protocol: 1, sourcePorts: [{ from: 1, to: 2 }] }),
    ],
    ['TCP flags of UDP', (destination) => ({ destination, protocol: 17, tcpFlags: { mask: 2, value: 2 } })],
    [
      'TCP flags outside of their mask',
      (destination) => ({ destination, protocol: 6, tcpFlags: { mask: 2, value: 18 } }),
    ],
    ['a range that is reversed', (destination) => ({ destination, packetLengths: [{ from: 100, to: 99 }] })],
    ['host bits in a prefix', () => ({ destination: '198.51.100.2/24' })],
  ];

  test.each(wrong)('refuses %s, by plan and by apply', async (_, match) => {
    const request = rule(1, { match: match(`${lab().targets.ipv4}/32`) });
    const refusal = backend().plan(request);
    expect(refusal).toMatchObject({ code: expect.stringMatching(/^TG\d{4}$/) as string });
    expect(refusal?.reason).not.toBe('');
    const error = await backend()
      .apply(request)
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    expect(error).toBeInstanceOf(TidegateError);
    expect((error as TidegateError).code).toBe(refusal?.code);
    expect(await backend().list()).toEqual([]);
  });

  test('plans what it can do', () => {
    expect(backend().plan(rule(1))).toBeNull();
  });
}
