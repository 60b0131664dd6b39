/** Floods of UDP and of questions, and crowds of players, callers and askers that they must not be taken for. */
import { utf8 } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { buildDnsQuery, buildUdp, compileMatch, ipProtocol, parsePacket } from '../../packet/index.ts';
import { Draws, browsing, host, mixed, named, times } from '../situation.contract.ts';

interface Shape {
  readonly port: number | (() => number);
  readonly payload: () => Uint8Array;
  readonly sourcePort?: number;
  readonly source?: () => { source: string; ttl: number };
}

const datagrams = (draws: Draws, { port, payload, sourcePort, source }: Shape, count = 240): Uint8Array[] =>
  times(count, () =>
    buildUdp({
      ...(source?.() ?? { source: draws.madeUp(), ttl: draws.integer(1, 255) }),
      destination: host,
      sourcePort: sourcePort ?? draws.integer(1024, 65_535),
      destinationPort: typeof port === 'number' ? port : port(),
      payload: payload(),
    }),
  );

const clients = (draws: Draws, count: number) => {
  const known = times(count, () => ({ source: draws.address(), ttl: draws.ttl() }));
  return () => known[draws.integer(0, count - 1)]!;
};
const hitsOf = (match: Parameters<typeof compileMatch>[0], packets: readonly Uint8Array[]): number => {
  const hits = compileMatch(match);
  return packets.filter((bytes) => hits(parsePacket(bytes)!)).length;
};

const sourceQuery = Uint8Array.from([0xff, 0xff, 0xff, 0xff, ...utf8('TSource Engine Query\0')]);
const rakNetPing = (draws: Draws): Uint8Array =>
  Uint8Array.from([
    1,
    ...draws.bytes(8),
    0,
    255,
    255,
    0,
    254,
    254,
    254,
    254,
    253,
    253,
    253,
    253,
    18,
    52,
    86,
    120,
  ]);

describe('a flood of', () => {
  it.each<{ name: string; family: string; shape: (draws: Draws) => Shape }>([
    {
      name: 'one length',
      family: 'udp_flood',
      shape: (draws) => ({ port: 27_015, payload: () => draws.bytes(512) }),
    },
    {
      name: 'one source port',
      family: 'udp_flood',
      shape: (draws) => ({
        port: () => draws.integer(1, 65_535),
        sourcePort: 666,
        payload: () => draws.bytes(draws.integer(10, 1200)),
      }),
    },
    {
      name: 'A2S questions',
      family: 'game_query_flood',
      shape: () => ({ port: 27_015, payload: () => sourceQuery }),
    },
    {
      name: 'RakNet pings',
      family: 'game_query_flood',
      shape: (draws) => ({ port: 19_132, payload: () => rakNetPing(draws) }),
    },
    {
      name: 'names drawn at random',
      family: 'dns_query_flood',
      shape: (draws) => ({
        port: 53,
        payload: () =>
          buildDnsQuery({
            id: draws.integer(0, 65_535),
            name: `${draws.integer(1e8, 9e8).toString(36)}.example.org`,
          }),
        source: clients(draws, 300),
      }),
    },
  ])('$name is named $family and covered, and browsing is spared', ({ family, shape }) => {
    const draws = new Draws(31);
    const attack = datagrams(draws, shape(draws));
    const legitimate = browsing(draws, 100);
    const [found, ...others] = named({ quiet: browsing(draws, 300), now: mixed(attack, legitimate) });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ family, answer: 'rule' });
    expect(found!.confidence).toBeGreaterThanOrEqual(0.8);
    expect(hitsOf(found!.match!, attack)).toBeGreaterThanOrEqual(0.95 * attack.length);
    expect(hitsOf(found!.match!, legitimate)).toBe(0);
  });

  it('datagrams that carry nothing is named also where few machines send them', () => {
    const draws = new Draws(35);
    const attack = datagrams(draws, {
      port: 9987,
      sourcePort: 5000,
      payload: () => new Uint8Array(0),
      source: clients(draws, 3),
    });
    const [found] = named({ quiet: browsing(draws, 300), now: attack });
    expect(found).toMatchObject({ family: 'udp_flood', answer: 'rule' });
  });

  it('the same bytes among players has a rule for these bytes', () => {
    const draws = new Draws(32);
    const player = (): Shape => ({
      port: 7777,
      payload: () => draws.bytes(draws.integer(30, 200)),
      source: clients(draws, 60),
    });
    const flood: Shape = {
      port: 7777,
      payload: () => Uint8Array.from([...utf8('flood flood flood'), ...draws.bytes(draws.integer(13, 183))]),
    };
    const players = datagrams(draws, player(), 400);
    const attack = datagrams(draws, flood);
    const [found] = named({ quiet: players.slice(0, 300), now: mixed(attack, players.slice(300)) });
    expect(found).toMatchObject({ family: 'udp_flood', answer: 'rule', match: { payload: { offset: 0 } } });
    expect(hitsOf(found!.match!, attack)).toBe(attack.length);
    expect(hitsOf(found!.match!, players)).toBe(0);
  });

  it('anything at all among players is left to a rate limit', () => {
    const draws = new Draws(33);
    const shape = (): Shape => ({ port: 7777, payload: () => draws.bytes(draws.integer(30, 200)) });
    const players = datagrams(draws, { ...shape(), source: clients(draws, 60) }, 400);
    const [found] = named({
      quiet: players.slice(0, 300),
      now: mixed(datagrams(draws, shape()), players.slice(300)),
    });
    expect(found).toMatchObject({ family: 'udp_flood', answer: 'limit', match: null });
    expect(found!.limit).toMatchObject({ protocol: ipProtocol.udp });
    expect(found!.reasons.join('; ')).toMatch(/made up.*nothing separates/s);
  });
});

describe('a crowd of', () => {
  it.each<{ name: string; shape: (draws: Draws) => Shape }>([
    {
      name: 'players',
      shape: (draws) => ({
        port: 7777,
        payload: () => draws.bytes(draws.integer(30, 200)),
        source: clients(draws, 2000),
      }),
    },
    {
      name: 'callers, whose frames all have one length',
      shape: (draws) => {
        const from = clients(draws, 400);
        return {
          port: () => 10_000 + draws.integer(0, 800),
          source: from,
          payload: () => Uint8Array.from([0x80, 0, ...draws.bytes(170)]),
        };
      },
    },
    {
      name: 'callers and clocks together',
      shape: (draws) => {
        const from = clients(draws, 800);
        let number = 0;
        return {
          port: () => (number % 2 === 0 ? 123 : 10_000 + draws.integer(0, 800)),
          source: from,
          payload: () =>
            number++ % 2 === 0
              ? Uint8Array.from([0x23, ...times(39, () => 0), ...draws.bytes(8)])
              : Uint8Array.from([0x80, 0, ...draws.bytes(170)]),
        };
      },
    },
    {
      name: 'clocks that ask for the time',
      shape: (draws) => ({
        port: 123,
        payload: () => Uint8Array.from([0x23, ...times(39, () => 0), ...draws.bytes(8)]),
        source: clients(draws, 3000),
      }),
    },
    {
      name: 'users of a VPN',
      shape: (draws) => ({
        port: 51_820,
        payload: () => Uint8Array.from([4, 0, 0, 0, ...draws.bytes(1440)]),
        source: clients(draws, 500),
      }),
    },
    {
      name: 'people who ask for names',
      shape: (draws) => ({
        port: 53,
        payload: () =>
          buildDnsQuery({
            id: draws.integer(0, 65_535),
            name: `host${draws.integer(1, 40)}.zone${draws.integer(1, 30)}.example`,
          }),
        source: clients(draws, 500),
      }),
    },
  ])('$name is not named', ({ shape }) => {
    const draws = new Draws(34);
    const some = (count: number) => datagrams(draws, shape(draws), count);
    const quiet = mixed(some(100), browsing(draws, 200));
    expect(named({ quiet, now: some(400) })).toEqual([]);
  });

  it('askers for many names is not named on its first samples, none of which comes twice', () => {
    const draws = new Draws(35);
    const asked = (count: number): Uint8Array[] =>
      datagrams(
        draws,
        {
          port: 53,
          payload: () =>
            buildDnsQuery({
              id: draws.integer(0, 65_535),
              name: `host${draws.integer(1, 60)}.zone${draws.integer(1, 3)}.example`,
            }),
          source: clients(draws, 500),
        },
        count,
      );
    const quiet = mixed(asked(400), browsing(draws, 30));
    for (const count of [22, 30, 60, 400])
      expect(named({ quiet, now: asked(count), ageMs: 15 }), String(count)).toEqual([]);
  });
});
