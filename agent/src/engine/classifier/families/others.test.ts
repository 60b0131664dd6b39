/** Floods that are neither TCP nor plain UDP, and the tunnels and fragments that they must not be taken for. */
import { describe, expect, it } from 'vitest';
import { buildIcmp, buildIp, compileMatch, ipProtocol, parsePacket } from '../../packet/index.ts';
import { Draws, browsing, host, mixed, named, times } from '../situation.contract.ts';

const packets = (
  draws: Draws,
  protocol: number | (() => number),
  payload: () => Uint8Array,
  options: { source?: () => string; count?: number; ttl?: () => number; fragment?: boolean } = {},
): Uint8Array[] =>
  times(options.count ?? 240, () =>
    buildIp(
      {
        source: options.source?.() ?? draws.madeUp(),
        destination: host,
        ttl: options.ttl?.() ?? draws.integer(1, 255),
        identification: draws.integer(0, 65_535),
        ...(options.fragment === true && { fragment: { offsetBytes: 1480, more: true } }),
      },
      typeof protocol === 'number' ? protocol : protocol(),
      payload(),
    ),
  );

const pings = (draws: Draws): Uint8Array[] =>
  times(240, () =>
    buildIcmp({
      source: draws.madeUp(),
      destination: host,
      type: 8,
      ttl: draws.integer(1, 255),
      body: new Uint8Array(60),
    }),
  );

describe('a flood of', () => {
  it.each<{ family: string; attack: (draws: Draws) => Uint8Array[] }>([
    { family: 'icmp_flood', attack: pings },
    { family: 'gre_flood', attack: (draws) => packets(draws, ipProtocol.gre, () => draws.bytes(540)) },
    { family: 'esp_flood', attack: (draws) => packets(draws, ipProtocol.esp, () => draws.bytes(300)) },
    { family: 'protocol_flood', attack: (draws) => packets(draws, 132, () => draws.bytes(64)) },
    {
      family: 'udp_fragment_flood',
      attack: (draws) => packets(draws, ipProtocol.udp, () => draws.bytes(1480), { fragment: true }),
    },
    {
      family: 'ip_fragment_flood',
      attack: (draws) => packets(draws, ipProtocol.tcp, () => draws.bytes(1480), { fragment: true }),
    },
  ])('$family is named and covered, and browsing is spared', ({ family, attack }) => {
    const draws = new Draws(21);
    const flood = attack(draws);
    const legitimate = browsing(draws, 100);
    const [found, ...others] = named({ quiet: browsing(draws, 300), now: mixed(flood, legitimate) });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ family, answer: 'rule' });
    expect(found!.confidence).toBeGreaterThanOrEqual(0.8);
    const hits = compileMatch(found!.match!);
    expect(flood.filter((bytes) => hits(parsePacket(bytes)!))).toHaveLength(flood.length);
    expect(legitimate.some((bytes) => hits(parsePacket(bytes)!))).toBe(false);
  });

  it('protocols at random has no rule where nothing else is the same', () => {
    const draws = new Draws(22);
    const protocols = [2, 3, 8, 9, 46, 89, 103, 112, 132, 136];
    const attack = packets(
      draws,
      () => protocols[draws.integer(0, 9)]!,
      () => draws.bytes(draws.integer(20, 1400)),
    );
    const [found] = named({ quiet: browsing(draws, 300), now: attack });
    expect(found).toMatchObject({ family: 'protocol_flood', match: null });
    expect(found!.reasons.join('; ')).toMatch(/as diverse as/);
  });
});

describe('tunnels of a site', () => {
  it('over IPsec are none: their associations count their packets', () => {
    const draws = new Draws(23);
    let number = 1000;
    const payload = (): Uint8Array => {
      const bytes = draws.bytes(draws.integer(60, 1400));
      bytes.set([0xca, 0xfe, 0x00, 0x01, 0, 0, number >> 8, number & 0xff]);
      number += 3;
      return bytes;
    };
    const gateway = { source: () => '198.51.100.9', ttl: () => 55 };
    expect(
      named({ quiet: browsing(draws, 300), now: packets(draws, ipProtocol.esp, payload, gateway) }),
    ).toEqual([]);
  });

  it('over GRE are none: what is inside goes to the same hosts', () => {
    const draws = new Draws(24);
    const payload = (): Uint8Array => {
      const inside = buildIp(
        { source: draws.address(), destination: '10.1.2.3' },
        6,
        draws.bytes(draws.integer(20, 1300)),
      );
      return Uint8Array.from([0, 0, 8, 0, ...inside]);
    };
    const gateways = { source: () => `198.51.100.${draws.integer(1, 6)}`, ttl: () => 55 };
    expect(
      named({ quiet: browsing(draws, 300), now: packets(draws, ipProtocol.gre, payload, gateways) }),
    ).toEqual([]);
  });

  it('are a flood where what is inside goes anywhere', () => {
    const draws = new Draws(25);
    const payload = (): Uint8Array => {
      const inside = buildIp({ source: draws.madeUp(), destination: draws.madeUp() }, 17, draws.bytes(512));
      return Uint8Array.from([0, 0, 8, 0, ...inside]);
    };
    const bots = { source: () => `198.51.100.${draws.integer(1, 6)}`, ttl: () => 55 };
    const [found] = named({
      quiet: browsing(draws, 300),
      now: packets(draws, ipProtocol.gre, payload, bots),
    });
    expect(found).toMatchObject({ family: 'gre_flood' });
  });
});

describe('few machines', () => {
  const machines = { source: () => '198.51.100.9', ttl: () => 55 };

  it('that send what is no packet of its protocol send a flood', () => {
    const draws = new Draws(26);
    const [found] = named({
      quiet: browsing(draws, 300),
      now: packets(draws, 41, () => draws.bytes(200), machines),
    });
    expect(found).toMatchObject({ family: 'protocol_flood' });
    expect(found!.reasons.join('; ')).toMatch(/no packets of the protocol they name/);
  });

  it('may be the other end of a tunnel that speaks it', () => {
    const draws = new Draws(27);
    const payload = (): Uint8Array => Uint8Array.from([0x60, 0, 0, 0, ...draws.bytes(200)]);
    expect(named({ quiet: browsing(draws, 300), now: packets(draws, 41, payload, machines) })).toEqual([]);
  });

  /** One datagram in two pieces. */
  const long = (draws: Draws, port: () => number, contents: () => Uint8Array): Uint8Array[] =>
    times(150, () => {
      const [to, body] = [port(), contents()];
      const header = [0x9c, 0x40, to >> 8, to & 0xff, 0x0b, 0xb8, 0, 0];
      const fields = { ...{ source: '198.51.100.9', ttl: 55 }, destination: host };
      const identification = draws.integer(0, 65_535);
      return [0, 1480].map((offsetBytes) =>
        buildIp(
          { ...fields, identification, fragment: { offsetBytes, more: offsetBytes === 0 } },
          ipProtocol.udp,
          offsetBytes === 0 ? Uint8Array.from([...header, ...body]) : body,
        ),
      );
    }).flat();

  it.each<{ name: string; port: (draws: Draws) => number; isSame: boolean; family: string | null }>([
    { name: 'a transfer to one port', port: () => 2049, isSame: false, family: null },
    {
      name: 'long datagrams to any port',
      port: (draws) => draws.integer(1, 65_535),
      isSame: false,
      family: 'udp_fragment_flood',
    },
    { name: 'noise to a name server', port: () => 53, isSame: false, family: 'udp_fragment_flood' },
    { name: 'noise to a game server', port: () => 27015, isSame: false, family: 'udp_fragment_flood' },
    { name: 'the same long datagram', port: () => 2049, isSame: true, family: 'udp_fragment_flood' },
  ])('that send $name are judged by it', ({ port, isSame, family }) => {
    const draws = new Draws(28);
    const same = draws.bytes(1400);
    const now = long(
      draws,
      () => port(draws),
      () => (isSame ? same : draws.bytes(1400)),
    );
    const found = named({ quiet: browsing(draws, 300), now });
    expect(found.map((one) => one.family)).toEqual(family === null ? [] : [family]);
  });
});
