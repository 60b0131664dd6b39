import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildUdp } from '../../packet/index.ts';
import { Draws, browsing, host, situation, times } from '../situation.contract.ts';
import { readSamples } from '../traffic.ts';
import { predict } from './index.ts';
import { collateralOf, isSparing, measure } from './share.ts';
import { translate } from './translate.ts';
import { wilsonUpper } from './wilson.ts';

const destination = `${host}/32`;
const samplesOf = (packets: readonly Uint8Array[]) => situation({ now: packets }).window.recentSamples;
const players = (draws: Draws, count: number, ttl = 55): Uint8Array[] =>
  times(count, () =>
    buildUdp({
      source: draws.address(),
      ttl,
      destination: host,
      sourcePort: draws.integer(1024, 65_535),
      destinationPort: 7777,
      payload: draws.bytes(100),
    }),
  );

describe('the share of quiet traffic that a rule hits', () => {
  it('is that of the class which is hit hardest', () => {
    const seen = readSamples(samplesOf(browsing(new Draws(1), 400)));
    const found = measure(seen, ({ kind }) => kind === 'syn')!;
    expect(found.all.share).toBeCloseTo(0.1);
    expect(found.worst).toMatchObject({ name: 'connection requests', share: 1, samples: 40, hits: 40 });
    expect(collateralOf(seen, () => false)).toBe(0);
  });

  it('is unknown without samples', () => {
    expect(measure([], () => true)).toBeNull();
    expect(isSparing([], () => true)).toBe(true);
  });

  it('may be one sample of 512, and not three', () => {
    const seen = readSamples(samplesOf(browsing(new Draws(2), 512)));
    const some = (count: number) => new Set(seen.filter(({ kind }) => kind === 'ack').slice(0, count));
    const [one, three] = [some(1), some(3)];
    expect(isSparing(seen, (packet) => one.has(packet))).toBe(true);
    expect(isSparing(seen, (packet) => three.has(packet))).toBe(false);
  });
});

describe('the most that a share may be', () => {
  it('is half a percent where none of 512 was hit', () => {
    expect(wilsonUpper(0, 512)).toBeCloseTo(0.0053, 3);
    expect(wilsonUpper(0, 30)).toBeCloseTo(0.083, 2);
    expect(wilsonUpper(0, 0)).toBe(1);
  });

  it('lies above the share, and comes closer with more samples', () => {
    const share = fc.tuple(fc.integer({ min: 0, max: 199 }), fc.integer({ min: 200, max: 1000 }));
    fc.assert(
      fc.property(share, ([hits, samples]) => {
        const upper = wilsonUpper(hits, samples);
        expect(upper).toBeGreaterThan(hits / samples);
        expect(upper).toBeLessThanOrEqual(1);
        expect(wilsonUpper(hits * 10, samples * 10)).toBeLessThan(upper);
      }),
    );
  });
});

describe('a rule as a backend says it', () => {
  const full = {
    destination,
    protocol: 17,
    destinationPorts: [{ from: 7777, to: 7777 }],
    hopLimits: { from: 50, to: 50 },
    payload: { offset: 0, bytes: 'dead' },
  };

  it('loses what the backend does not know', () => {
    expect(translate(full, 'xdp')).toEqual({ match: full, lost: [], refused: null });
    const { hopLimits: _, payload: __, ...rest } = full;
    expect(translate(full, 'nftables')).toMatchObject({
      match: rest,
      lost: ['hopLimits', 'payload'],
      refused: null,
    });
    expect(translate({ ...rest, fragment: true }, 'nftables').lost).toEqual(['fragment']);
    expect(translate({ ...rest, fragment: true }, 'flowspec').lost).toEqual([]);
  });

  it('is none where too little is left of it', () => {
    const alone = { destination, hopLimits: { from: 50, to: 50 } };
    expect(translate(alone, 'nftables').refused).toMatch(/only the destination would be left/);
    expect(translate({ ...alone, protocol: 17 }, 'flowspec').refused).toMatch(/all of protocol 17/);
    expect(translate({ destination: '203.0.0.0/16', protocol: 47 }, 'flowspec').refused).toMatch(
      /wider than \/24/,
    );
    expect(translate({ destination: '203.0.0.0/16', protocol: 47 }, 'xdp').refused).toBeNull();
  });
});

describe('a prediction', () => {
  it('replays what is left of the rule, for each backend', () => {
    const draws = new Draws(3);
    const quiet = samplesOf(players(draws, 200));
    const rule = {
      destination,
      protocol: 17,
      destinationPorts: [{ from: 7777, to: 7777 }],
      hopLimits: { from: 44, to: 44 },
    };
    const { samples, byBackend } = predict([rule], quiet);
    expect(samples).toBe(200);
    expect(byBackend.xdp).toMatchObject({ collateral: 0, lost: [], worstClass: 'all' });
    expect(byBackend.xdp.upper).toBeGreaterThan(0);
    expect(byBackend.nftables).toMatchObject({ collateral: 1, lost: ['hopLimits'] });
    expect(byBackend.flowspec.matches).toEqual([
      { destination, protocol: 17, destinationPorts: [{ from: 7777, to: 7777 }] },
    ]);
  });

  it('counts companions with the rule, and knows nothing without samples', () => {
    const draws = new Draws(4);
    const rules = [
      { destination, protocol: 6 },
      { destination, protocol: 17 },
    ];
    expect(predict(rules, samplesOf(players(draws, 50))).byBackend.xdp.collateral).toBe(1);
    expect(predict(rules, []).byBackend.xdp).toMatchObject({ collateral: null, upper: null, samples: 0 });
  });
});
