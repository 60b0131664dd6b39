/** What a rule hits: each condition by itself, and all of them against the engine's own matcher. */
import type { TrafficMatch } from '@tidegate/schemas';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  buildIcmp,
  buildIp,
  buildTcp,
  buildUdp,
  compileMatch,
  ipProtocol,
  parsePacket,
  synOptions,
  tcpFlag,
} from '../engine/packet/index.ts';
import { id, networkOf, ports, type Context, type ContractLab, type Family } from './lab.contract.ts';

export function matchCases(context: Context): void {
  for (const family of ['ipv4', 'ipv6'] as const) {
    rangeCases(context, family);
    headerCases(context, family);
  }
  referenceCase(context);
}

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

  test(`${family}: a trailing fragment has no TCP flags`, async () => {
    const later = {
      ...ports(lab(), family, 0, 0),
      identification: 7,
      fragment: { offsetBytes: 24, more: false },
    };
    await hit(
      { protocol: 6, tcpFlags: { mask: 255, value: 0 } },
      [tcp(0)],
      [buildIp(later, ipProtocol.tcp, new Uint8Array(24)), tcp(tcpFlag.ack)],
    );
  });

  test(`${family}: the other family is not touched`, async () => {
    const other = family === 'ipv4' ? 'ipv6' : 'ipv4';
    await hit({}, [udp(1, 2)], [buildUdp(ports(lab(), other, 1, 2))]);
  });
}

/** The engine predicts with its own matcher what a rule would hit: both must agree on every packet. */
function referenceCase({ lab, backend, rule }: Context): void {
  test('hits exactly what the engine says that the rule hits', async () => {
    const packets = samplePackets(lab());
    const asserted = fc.asyncProperty(anyMatch(lab()), async (match) => {
      const matches = compileMatch(match);
      const misses = packets.filter((bytes) => !matches(parsePacket(bytes)!));
      await backend().removeAll();
      await backend().apply(rule(1, { match }));
      expect(await lab().send(packets)).toBe(misses.length);
      expect((await backend().readBack(id(1)))?.packets).toBe(BigInt(packets.length - misses.length));
    });
    await fc.assert(asserted, { numRuns: 100 });
  });
}

function anyMatch(lab: ContractLab): fc.Arbitrary<TrafficMatch> {
  const ranges = (values: readonly number[]) =>
    fc.array(
      fc.tuple(fc.constantFrom(...values), fc.constantFrom(...values)).map(([left, right]) => ({
        from: Math.min(left, right),
        to: Math.max(left, right),
      })),
      { minLength: 1, maxLength: 3 },
    );
  const conditions = fc.record(
    {
      protocol: fc.constantFrom(ipProtocol.tcp, ipProtocol.udp),
      sourcePorts: ranges([53, 54, 123, 4000]),
      destinationPorts: ranges([79, 80, 443, 5000]),
      packetLengths: ranges([20, 28, 40, 44, 60, 100, 1300]),
    },
    { requiredKeys: [] },
  );
  const family = fc.constantFrom('ipv4' as const, 'ipv6' as const);
  const flags = fc.constantFrom(
    null,
    { mask: 18, value: 2 },
    { mask: 16, value: 16 },
    { mask: 255, value: 0 },
  );
  return fc.tuple(family, conditions, flags, fc.boolean()).map(([of, given, tcpFlags, fromSource]) => ({
    destination: `${lab.targets[of]}/${of === 'ipv4' ? 32 : 128}`,
    ...(fromSource ? { source: networkOf(lab.sources[of], of === 'ipv4' ? 32 : 128) } : {}),
    ...given,
    ...(tcpFlags === null ? {} : { protocol: ipProtocol.tcp, tcpFlags }),
  }));
}

/** Packets that differ in what a rule can ask. */
function samplePackets(lab: ContractLab): Uint8Array[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const stranger = family === 'ipv4' ? '192.0.2.99' : '2001:db8:ffff::99';
    return [lab.sources[family], stranger].flatMap((source) => {
      const ip = { source, destination: lab.targets[family] };
      const later = { ...ip, identification: 7, fragment: { offsetBytes: 1480, more: false } };
      const udp = (sourcePort: number, destinationPort: number, payloadBytes: number) =>
        buildUdp({ ...ip, sourcePort, destinationPort, payload: new Uint8Array(payloadBytes) });
      const tcp = (flags: number, options?: Uint8Array) =>
        buildTcp({ ...ip, sourcePort: 4000, destinationPort: 443, flags, ...(options && { options }) });
      return [
        ...[udp(53, 80, 0), udp(53, 5000, 1272), udp(123, 443, 16), udp(4000, 80, 60)],
        ...[tcp(tcpFlag.syn), tcp(tcpFlag.syn, synOptions.linux), tcp(tcpFlag.ack), tcp(18), tcp(0)],
        buildIcmp({ ...ip, type: family === 'ipv4' ? 8 : 128 }),
        buildIp(ip, 47, Uint8Array.of(0, 53, 0, 80, 0, 8, 0, 0)),
        buildIp(later, ipProtocol.udp, Uint8Array.of(0, 53, 0, 80, 0, 8, 0, 0)),
        buildIp(later, ipProtocol.tcp, Uint8Array.of(15, 160, 1, 187, 0, 0, 0, 0, 0, 0, 0, 0, 80, 2, 0, 0)),
      ];
    });
  });
}
