import { describe, expect, it } from 'vitest';
import { buildUdp } from '../packet/index.ts';
import { sceneOf } from './scene.ts';
import { Draws, browsing, host, mixed, situation, times } from './situation.contract.ts';
import type { Situation } from './situation.contract.ts';
import type { Seen } from './traffic.ts';

const sceneFor = (given: Situation) => {
  const { window, deviation } = situation(given);
  return sceneOf(window, deviation, []);
};
const share = (seen: readonly Seen[]): number =>
  seen.reduce((sum, { excess }) => sum + excess, 0) / seen.reduce((sum, { weight }) => sum + weight, 0);

const flood = (draws: Draws, length: () => number, count = 240): Uint8Array[] =>
  times(count, () =>
    buildUdp({
      source: draws.madeUp(),
      destination: host,
      sourcePort: draws.integer(1024, 65_535),
      destinationPort: 7777,
      payload: new Uint8Array(length()),
    }),
  );

describe('excess', () => {
  it('is everything where nothing is known', () => {
    const draws = new Draws(1);
    expect(share(sceneFor({ now: browsing(draws, 200) }).now.seen)).toBe(1);
  });

  it('is what quiet traffic has nothing of, and not what goes on as before', () => {
    const draws = new Draws(2);
    const now = mixed(
      flood(draws, () => 500),
      browsing(draws, 96),
    );
    const { seen } = sceneFor({ quiet: browsing(draws, 400), now }).now;
    expect(share(seen.filter(({ kind }) => kind === 'udp'))).toBe(1);
    expect(share(seen.filter(({ kind }) => kind !== 'udp'))).toBeLessThan(0.1);
  });

  it('is told apart by length where ports are the same', () => {
    const draws = new Draws(3);
    const players = (count: number) => flood(draws, () => draws.integer(30, 120), count);
    const now = mixed(
      flood(draws, () => 900),
      players(96),
    );
    const { seen } = sceneFor({ quiet: players(400), now }).now;
    expect(share(seen.filter(({ length }) => length === 928))).toBe(1);
    expect(share(seen.filter(({ length }) => length < 200))).toBeLessThan(0.25);
  });

  it('is part of each packet where nothing tells them apart', () => {
    const draws = new Draws(4);
    const players = (count: number) => flood(draws, () => draws.integer(30, 120), count);
    const { seen } = sceneFor({ quiet: players(400), now: players(340) }).now;
    expect(share(seen)).toBeGreaterThan(0.5);
    expect(share(seen)).toBeLessThan(0.8);
  });

  it('is not what chance explains', () => {
    const draws = new Draws(5);
    const { now } = sceneFor({
      quiet: browsing(draws, 400),
      now: browsing(draws, 200),
      packetsPerSecond: 2400,
    });
    expect(now.excess).toBe(0);
  });
});
