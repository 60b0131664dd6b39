import { describe, expect, it } from 'vitest';
import { buildUdp } from '../packet/index.ts';
import { Draws, situation, times } from './situation.contract.ts';
import { spoofingOf } from './spoofing.ts';
import { readSamples, trafficOf } from './traffic.ts';
import type { Traffic } from './traffic.ts';

const traffic = (packets: readonly Uint8Array[]): Traffic =>
  trafficOf(readSamples(situation({ now: packets }).window.recentSamples), 1);

const from = (
  draws: Draws,
  ends: () => { source: string; ttl: number },
  destination = '203.0.113.10',
): Traffic =>
  traffic(
    times(200, () =>
      buildUdp({ ...ends(), destination, sourcePort: draws.integer(1024, 65_535), destinationPort: 80 }),
    ),
  );
const nothing = trafficOf([], 1);
const usual = (draws: Draws): Traffic => from(draws, () => ({ source: draws.address(), ttl: draws.ttl() }));

describe('sources that are made up', () => {
  it('show by addresses that nobody sends from', () => {
    const draws = new Draws(1);
    const { likelihood, reason } = spoofingOf(
      from(draws, () => ({ source: draws.madeUp(), ttl: draws.ttl() })),
      usual(draws),
    );
    expect(likelihood).toBeGreaterThan(0.9);
    expect(reason).toMatch(/% of the sources are addresses that nobody sends from/);
  });

  it('show in IPv6 by addresses that no registry was given', () => {
    const draws = new Draws(2);
    const part = (): string => draws.integer(0, 65_535).toString(16);
    const anywhere = (): string =>
      `3${draws.integer(0, 4095).toString(16).padStart(3, '0')}:${part()}::${part()}`;
    const given = (): string => `2a0${draws.integer(0, 9)}:${part()}::${part()}`;
    const to = '2001:db8::10';
    expect(
      spoofingOf(
        from(draws, () => ({ source: anywhere(), ttl: draws.ttl() }), to),
        nothing,
      ).likelihood,
    ).toBeGreaterThan(0.9);
    expect(
      spoofingOf(
        from(draws, () => ({ source: given(), ttl: draws.ttl() }), to),
        nothing,
      ).likelihood,
    ).toBeLessThan(0.5);
  });

  it('show by times to live that no path leaves', () => {
    const draws = new Draws(3);
    const { likelihood, reason } = spoofingOf(
      from(draws, () => ({ source: draws.address(), ttl: draws.integer(1, 255) })),
      usual(draws),
    );
    expect(likelihood).toBeGreaterThan(0.8);
    expect(reason).toMatch(/time to live that no path leaves/);
  });

  it('show by networks everywhere that are all as far away', () => {
    const draws = new Draws(4);
    const { likelihood, reason } = spoofingOf(
      from(draws, () => ({ source: draws.address(), ttl: 51 })),
      usual(draws),
    );
    expect(likelihood).toBeGreaterThan(0.8);
    expect(reason).toMatch(/one machine sends in their names/);
  });
});

describe('sources that are real', () => {
  it('come back, over usual paths', () => {
    const draws = new Draws(5);
    const few = times(20, () => ({ source: draws.address(), ttl: draws.ttl() }));
    expect(
      spoofingOf(
        from(draws, () => few[draws.integer(0, 19)]!),
        nothing,
      ).likelihood,
    ).toBeLessThan(0.3);
  });

  it('may not come back: then nothing is known', () => {
    const draws = new Draws(6);
    expect(spoofingOf(usual(draws), nothing)).toEqual({ likelihood: 0.3, reason: '' });
  });

  it('may all be as far away where quiet traffic is, too', () => {
    const draws = new Draws(7);
    const near = (): Traffic => from(draws, () => ({ source: draws.address(), ttl: 64 }));
    expect(spoofingOf(near(), near()).likelihood).toBeLessThan(0.5);
  });
});

it('a handful of samples says nothing', () => {
  const few = times(8, () =>
    buildUdp({ source: '240.0.0.1', destination: '203.0.113.10', sourcePort: 1, destinationPort: 2 }),
  );
  expect(spoofingOf(traffic(few), nothing).likelihood).toBe(0.3);
});
