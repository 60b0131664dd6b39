/** Floods of TCP, each beside browsing, and crowds that must not be taken for one. */
import { describe, expect, it } from 'vitest';
import { buildTcp, compileMatch, parsePacket, synOptions, tcpFlag } from '../../packet/index.ts';
import { Draws, browsing, host, mixed, named, times } from '../situation.contract.ts';

const { fin, syn, rst, psh, ack, urg } = tcpFlag;

interface Shape {
  readonly flags: number | (() => number);
  readonly sourcePort?: number;
  readonly port?: number;
  readonly ttl?: number;
  readonly options?: Uint8Array;
  readonly payload?: Uint8Array;
  readonly source?: () => string;
}

const flood = (draws: Draws, shape: Shape, count = 240): Uint8Array[] =>
  times(count, () =>
    buildTcp({
      source: shape.source?.() ?? draws.madeUp(),
      destination: host,
      sourcePort: shape.sourcePort ?? draws.integer(1024, 65_535),
      destinationPort: shape.port ?? 443,
      ttl: shape.ttl ?? draws.integer(1, 255),
      window: draws.integer(1, 65_535),
      sequence: draws.integer(1, 2 ** 31),
      flags: typeof shape.flags === 'number' ? shape.flags : shape.flags(),
      ...(shape.options && { options: shape.options }),
      ...(shape.payload && { payload: shape.payload }),
    }),
  );

const coverage = (
  rules: readonly (Parameters<typeof compileMatch>[0] | null)[],
  packets: Uint8Array[],
): number => {
  const matchers = rules.flatMap((match) => (match === null ? [] : [compileMatch(match)]));
  return (
    packets.filter((bytes) => matchers.some((hits) => hits(parsePacket(bytes)!))).length / packets.length
  );
};

describe('a flood of', () => {
  it.each<{ family: string; shape: Shape }>([
    { family: 'syn_flood', shape: { flags: syn } },
    { family: 'ack_flood', shape: { flags: ack, payload: new Uint8Array(512) } },
    { family: 'rst_flood', shape: { flags: rst, port: 22 } },
    { family: 'fin_flood', shape: { flags: fin, port: 22 } },
    { family: 'fin_flood', shape: { flags: fin | ack, payload: new Uint8Array(100) } },
    { family: 'tcp_invalid_flags', shape: { flags: 0 } },
    { family: 'tcp_invalid_flags', shape: { flags: fin | psh | urg } },
    { family: 'tcp_invalid_flags', shape: { flags: syn | fin } },
  ])('$family with $shape is named and covered, and browsing is spared', ({ family, shape }) => {
    const draws = new Draws(11);
    const attack = flood(draws, shape);
    const legitimate = browsing(draws, 100);
    const [found, ...others] = named({ quiet: browsing(draws, 300), now: mixed(attack, legitimate) });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ family, answer: 'rule' });
    expect(found!.confidence).toBeGreaterThanOrEqual(0.8);
    expect(found!.spoofed).toBeGreaterThan(0.8);
    const rules = [found!.match, ...(found!.companions ?? [])];
    expect(coverage(rules, attack)).toBeGreaterThanOrEqual(0.95);
    expect(coverage(rules, legitimate)).toBe(0);
  });

  it('all kinds of impossible flags has a rule for each', () => {
    const draws = new Draws(12);
    const kinds = [0, syn | fin, syn | rst, fin | rst, fin | psh | urg];
    const attack = flood(draws, { flags: () => kinds[draws.integer(0, 4)]! });
    const [found] = named({ quiet: browsing(draws, 300), now: attack });
    expect(found).toMatchObject({ family: 'tcp_invalid_flags', answer: 'rule' });
    expect(found!.companions!.length).toBeGreaterThanOrEqual(3);
    expect(coverage([found!.match, ...found!.companions!], attack)).toBe(1);
  });

  it('reflected answers is named, with the resets that come from the same ports', () => {
    const draws = new Draws(13);
    const servers = times(200, () => draws.address());
    const source = (): string => servers[draws.integer(0, 199)]!;
    const of = (flags: number, count: number) =>
      times(
        count,
        () =>
          flood(
            draws,
            { flags, source, sourcePort: [80, 443][draws.integer(0, 1)]!, port: 9000, ttl: draws.ttl() },
            1,
          )[0]!,
      );
    const attack = mixed(of(syn | ack, 200), of(rst | ack, 30));
    const [found, ...others] = named({ quiet: browsing(draws, 300), now: attack });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ family: 'syn_ack_reflection', answer: 'rule' });
    expect(coverage([found!.match, ...found!.companions!], attack)).toBeGreaterThanOrEqual(0.95);
  });
});

describe('requests that look like those of clients', () => {
  const clients = (draws: Draws, count: number) =>
    times(
      count,
      () =>
        flood(
          draws,
          { flags: syn, options: synOptions.linux, source: () => draws.address(), ttl: draws.ttl() },
          1,
        )[0]!,
    );

  it('are doubted until an answer could have come', () => {
    const draws = new Draws(14);
    const now = clients(draws, 240);
    expect(named({ quiet: browsing(draws, 300), now, ageMs: 60 })).toEqual([]);
    const [later] = named({ quiet: browsing(draws, 300), now, ageMs: 400 });
    expect(later).toMatchObject({ family: 'syn_flood', answer: 'synproxy', match: null });
    expect(later!.proxy).toMatchObject({ destinationPorts: [{ from: 443, to: 443 }] });
  });

  it('are a flood of connections where each is completed and nothing is asked', () => {
    const draws = new Draws(15);
    const acks = times(
      240,
      () => flood(draws, { flags: ack, source: () => draws.address(), ttl: draws.ttl() }, 1)[0]!,
    );
    const now = mixed(clients(draws, 240), acks);
    expect(named({ quiet: browsing(draws, 300), now, ageMs: 300 })).toEqual([]);
    const [found, ...others] = named({ quiet: browsing(draws, 300), now, ageMs: 400 });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ family: 'tcp_connection_flood', match: null, answer: 'limit' });
    expect(found!.limit).toMatchObject({ protocol: 6, tcpFlags: { mask: 23, value: 2 } });
    expect(found!.spoofed).toBeLessThan(0.5);
  });

  it('are stopped by their sources where these are few', () => {
    const draws = new Draws(16);
    const machines = times(5, () => draws.address());
    const from = (): Shape['source'] => () => machines[draws.integer(0, 4)]!;
    const syns = times(
      200,
      () => flood(draws, { flags: syn, options: synOptions.linux, source: from()!, ttl: 55 }, 1)[0]!,
    );
    const acks = times(200, () => flood(draws, { flags: ack, source: from()!, ttl: 55 }, 1)[0]!);
    const [found] = named({ quiet: browsing(draws, 300), now: mixed(syns, acks), ageMs: 400 });
    expect(found).toMatchObject({ family: 'tcp_connection_flood', answer: 'rule' });
    const sources = [found!.match!, ...found!.companions!].map(({ source }) => source);
    expect(sources.sort()).toEqual(machines.map((one) => `${one}/32`).sort());
  });
});

describe('what goes on beneath a flood', () => {
  /** Players: data in connections that began long ago. */
  const playing = (draws: Draws, count: number, port: number): Uint8Array[] =>
    times(
      count,
      () =>
        flood(
          draws,
          {
            flags: ack | psh,
            port,
            source: () => draws.address(),
            ttl: draws.ttl(),
            payload: draws.bytes(draws.integer(20, 300)),
          },
          1,
        )[0]!,
    );
  const from = (draws: Draws, count: number) => {
    const machines = times(count, () => draws.address());
    return () => machines[draws.integer(0, count - 1)]!;
  };

  it('does not hide that all that came in addition has one window', () => {
    const draws = new Draws(41);
    const usual = browsing(draws, 400).filter((_, index) => index % 10 > 1);
    const source = from(draws, 140);
    const bare = times(240, () =>
      buildTcp({
        source: source(),
        destination: host,
        sourcePort: draws.integer(0, 65_535),
        destinationPort: 443,
        ttl: draws.ttl(),
        window: 512,
        sequence: draws.integer(1, 2 ** 31),
        flags: ack,
      }),
    );
    const [found] = named({ quiet: usual, now: mixed(bare, usual.slice(0, 96)) });
    expect(found).toMatchObject({ family: 'ack_flood' });
    expect(found!.reasons.join('; ')).toMatch(/all .*window 512/);
  });

  it('does not hide connections that ask for nothing', () => {
    const draws = new Draws(42);
    const source = from(draws, 500);
    const some = (shape: Pick<Shape, 'flags' | 'options'>): Uint8Array[] =>
      times(120, () => flood(draws, { port: 3306, source, ttl: draws.ttl(), ...shape }, 1)[0]!);

    const handshakes = mixed(some({ flags: syn, options: synOptions.linux }), some({ flags: ack }));
    const now = mixed(handshakes, playing(draws, 100, 25_565));
    const [found] = named({ quiet: playing(draws, 300, 25_565), now, ageMs: 400 });
    expect(found).toMatchObject({ family: 'tcp_connection_flood' });
  });
});

describe('requests and acknowledgements of two floods', () => {
  it('make no conversation of each other where they go to other ports', () => {
    const draws = new Draws(43);
    const requests = times(
      150,
      () =>
        flood(
          draws,
          {
            flags: syn,
            options: synOptions.linux,
            port: 3306,
            source: () => draws.address(),
            ttl: draws.ttl(),
          },
          1,
        )[0]!,
    );
    const acks = flood(draws, { flags: ack, port: 22 }, 150);
    const found = named({ quiet: browsing(draws, 300), now: mixed(requests, acks), ageMs: 400 });
    expect(found.map(({ family }) => family).sort()).toEqual(['ack_flood', 'syn_flood']);
  });
});

describe('acknowledgements on the port that clients use', () => {
  /** `flows` connections, each packet of one of them. */
  const within = (draws: Draws, count: number, flows: number, sources: readonly string[]): Uint8Array[] => {
    const ends = times(flows, (index) => ({
      source: sources[index % sources.length]!,
      sourcePort: draws.integer(32_768, 60_999),
      ttl: draws.ttl(),
    }));
    return times(count, () =>
      buildTcp({
        ...ends[draws.integer(0, flows - 1)]!,
        destination: host,
        destinationPort: 443,
        window: draws.integer(200, 65_535),
        sequence: draws.integer(1, 2 ** 31),
        flags: ack,
      }),
    );
  };
  const addresses = (draws: Draws, count: number): string[] => times(count, () => draws.address());

  it.each([
    { name: 'of strangers, each for itself, are a flood', strangers: 300, flows: 50_000, isFlood: true },
    { name: 'of strangers who began a moment ago are none', strangers: 100, flows: 200, isFlood: false },
    { name: 'of who was there before are none', strangers: 0, flows: 50_000, isFlood: false },
  ])('$name', ({ strangers, flows, isFlood }) => {
    const draws = new Draws(43);
    const clients = addresses(draws, 60);
    const quiet = within(draws, 400, 120, clients);
    const sources = strangers === 0 ? clients : addresses(draws, strangers);
    const now = mixed(within(draws, 300, flows, sources), within(draws, 90, 120, clients));
    const found = named({ quiet, now });
    expect(found.map(({ family }) => family)).toEqual(isFlood ? ['ack_flood'] : []);
  });

  it('of several machines with one port are of one program', () => {
    const draws = new Draws(44);
    const machines = addresses(draws, 3);
    const now = times(300, (index) =>
      flood(
        draws,
        { flags: ack, port: 22, sourcePort: 52_189, source: () => machines[index % 3]!, ttl: 57 },
        1,
      ),
    ).flat();
    const found = named({ quiet: browsing(draws, 300), now });
    expect(found.map(({ family }) => family)).toEqual(['ack_flood']);
  });
});

describe('what is no flood', () => {
  it('is a crowd of browsers', () => {
    const draws = new Draws(17);
    expect(named({ quiet: browsing(draws, 300), now: browsing(draws, 400) })).toEqual([]);
  });

  it('is an upload from few machines', () => {
    const draws = new Draws(18);
    const sources = [draws.address(), draws.address()];
    const now = times(
      400,
      (index) =>
        flood(
          draws,
          {
            flags: ack,
            sourcePort: 40_000 + (index % 3),
            source: () => sources[index % 2]!,
            ttl: 57,
            payload: new Uint8Array(1400),
          },
          1,
        )[0]!,
    );
    expect(named({ quiet: browsing(draws, 300), now }).filter(({ confidence }) => confidence >= 0.6)).toEqual(
      [],
    );
  });

  it('are connections that the host opened itself', () => {
    const draws = new Draws(19);
    const peers = times(40, () => ({ source: draws.address(), ttl: draws.ttl() }));
    const now = times(400, (index) => {
      const peer = peers[index % 40]!;
      const flags = index % 12 === 0 ? syn | ack : ack;
      return flood(
        draws,
        {
          flags,
          sourcePort: 443,
          port: draws.integer(32_768, 60_999),
          source: () => peer.source,
          ttl: peer.ttl,
          payload: new Uint8Array(flags === ack ? 1200 : 0),
        },
        1,
      )[0]!;
    });
    expect(named({ quiet: browsing(draws, 300), now })).toEqual([]);
  });
});
