/** Several floods at once, and floods over the hosts of a prefix. */
import { describe, expect, it } from 'vitest';
import { buildIcmp, buildTcp, buildUdp, compileMatch, parsePacket, tcpFlag } from '../packet/index.ts';
import { classify } from './index.ts';
import { Draws, browsing, host, mixed, named, situation, times } from './situation.contract.ts';

const syns = (draws: Draws, count: number, destination = (): string => host): Uint8Array[] =>
  times(count, () =>
    buildTcp({
      source: draws.madeUp(),
      destination: destination(),
      sourcePort: draws.integer(1024, 65_535),
      destinationPort: 443,
      ttl: draws.integer(1, 255),
      flags: tcpFlag.syn,
    }),
  );
const memcached = (draws: Draws, count: number): Uint8Array[] =>
  times(count, () =>
    buildUdp({
      source: draws.address(),
      ttl: draws.ttl(),
      destination: host,
      sourcePort: 11_211,
      destinationPort: 80,
      payload: Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, ...draws.bytes(1200)]),
    }),
  );
const pings = (draws: Draws, count: number): Uint8Array[] =>
  times(count, () =>
    buildIcmp({ source: draws.madeUp(), destination: host, type: 8, body: new Uint8Array(60) }),
  );

describe('several vectors', () => {
  it('are named each with its share, the largest first, and called multi-vector together', () => {
    const draws = new Draws(1);
    const now = mixed(mixed(syns(draws, 150), memcached(draws, 90)), pings(draws, 60));
    const found = named({ quiet: browsing(draws, 300), now });
    expect(found.map(({ family }) => family)).toEqual(['syn_flood', 'memcached_amplification', 'icmp_flood']);
    expect(found.every(({ incidentFamily }) => incidentFamily === 'multi_vector')).toBe(true);
    expect(found.map(({ share }) => share!.toFixed(1))).toEqual(['0.5', '0.3', '0.2']);
    expect(found[1]!.reasons.join('; ')).toContain('one of several vectors: 30 % of the excess');
  });

  it('are one where the others are below 15 % of the excess', () => {
    const draws = new Draws(2);
    const [found, ...others] = named({
      quiet: browsing(draws, 300),
      now: mixed(syns(draws, 270), pings(draws, 30)),
    });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ family: 'syn_flood' });
    expect(found).not.toHaveProperty('incidentFamily');
  });

  it('are named on few samples while one is beyond doubt, with no more confidence than these allow', () => {
    const draws = new Draws(3);
    const now = mixed(syns(draws, 30), pings(draws, 10));
    const found = named({ quiet: browsing(draws, 300), now });
    expect(found.map(({ family }) => family)).toEqual(['syn_flood', 'icmp_flood']);
    expect(found[1]!.confidence).toBeLessThan(0.6);
    expect(named({ quiet: browsing(draws, 300), now: pings(draws, 10) })).toEqual([]);
  });

  it('are none where the others only vary', () => {
    const draws = new Draws(8);
    const usual = (count: number): Uint8Array[] =>
      times(count, () =>
        buildUdp({
          source: draws.address(),
          destination: host,
          sourcePort: draws.integer(1024, 65_535),
          destinationPort: 7777,
          ttl: draws.ttl(),
          payload: draws.bytes(draws.integer(20, 300)),
        }),
      );
    const found = named({ quiet: usual(200), now: mixed(syns(draws, 40), usual(14)) });
    expect(found.map(({ family }) => family)).toEqual(['syn_flood']);
  });

  it('leave the rest to the next look where rules are in force', () => {
    const draws = new Draws(4);
    const now = mixed(syns(draws, 150), memcached(draws, 150));
    const { window, deviation } = situation({ quiet: browsing(draws, 300), now });
    const all = classify(window, deviation);
    const inForce = all.find(({ family }) => family === 'syn_flood')!;
    const rest = classify(window, deviation, [compileMatch(inForce.match!)]);
    expect(rest.map(({ family }) => family)).toEqual(['memcached_amplification']);
    expect(
      classify(
        window,
        deviation,
        all.map(({ match }) => compileMatch(match!)),
      ),
    ).toEqual([]);
  });
});

describe('a prefix', () => {
  const target = '203.0.113.0/24';

  it('whose hosts share the excess is bombed like a carpet, and the rule is for the prefix', () => {
    const draws = new Draws(5);
    const now = syns(draws, 300, () => `203.0.113.${draws.integer(1, 254)}`);
    const [found, ...others] = named({ target, quiet: browsing(draws, 300), now });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      target,
      family: 'syn_flood',
      incidentFamily: 'carpet_bombing',
      answer: 'rule',
    });
    expect(found!.match!.destination).toBe(target);
    expect(found!.reasons.join('; ')).toMatch(/spread over 203\.0\.113\.0\/24/);
    const hits = compileMatch(found!.match!);
    expect(now.every((bytes) => hits(parsePacket(bytes)!))).toBe(true);
  });

  it('that is over because of one host is left to that host', () => {
    const draws = new Draws(6);
    expect(named({ target, quiet: browsing(draws, 300), now: syns(draws, 300) })).toEqual([]);
  });
});

describe('without quiet traffic', () => {
  it('an attack is named with less confidence, and nobody says what else its rule hits', () => {
    const draws = new Draws(7);
    const [found] = named({ now: mixed(memcached(draws, 240), browsing(draws, 60)) });
    expect(found).toMatchObject({ family: 'memcached_amplification', answer: 'rule', collateral: null });
    expect(found!.confidence).toBeLessThan(0.9);
    expect(found!.confidence).toBeGreaterThan(0.8);
    expect(found!.reasons.join('; ')).toMatch(/quiet traffic is not known yet.*nobody knows what else/s);
  });
});
