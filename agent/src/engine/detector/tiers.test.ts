import type { CompiledThreshold } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import type { Deviation } from '../types.ts';
import { Detector } from './index.ts';
import type { DetectorOptions, Observation } from './index.ts';
import { browsing, clientOf, many, plus, udp, web, windowOf } from './signals/picture.contract.ts';
import type { Scene } from './signals/picture.contract.ts';

const threshold: CompiledThreshold = {
  ...{ name: 'default', targets: [], floorPacketsPerSecond: 5000, floorBitsPerSecond: null },
  ...{ holdMs: 0, releaseRatio: 0.5 },
};

function detectorWith(options: Partial<DetectorOptions> = {}, link: number | null = null): Detector {
  const detector = new Detector({ wallMsAt: (ns) => ns / 1e6, ...options });
  detector.setThresholds([threshold], ['203.0.113.0/24'], link);
  return detector;
}

const quiet = { quiet: web, quietPackets: browsing() };
const calm: Scene = { now: web, ...quiet, packets: browsing() };
const crowd: Scene = { now: plus(web, 9), ...quiet, packets: browsing() };
const floodPackets = many(80, (number) =>
  udp({ source: clientOf(number), sourcePort: 1024 + number * 401, payloadBytes: 512 }),
);
const flood: Scene = {
  now: plus({ packets: 20_000, udpPackets: 20_000, bytes: 20_000 * 540 }),
  ...{ ...quiet, packets: floodPackets },
};
/** Answered, and not of one length: only its TCP is odd. */
const oneSign: Scene = {
  now: plus({ packets: 20_000, tcpPackets: 20_000, tcpFin: 20_000, outPackets: 20_000, bytes: 20_000 * 80 }),
  ...{ ...quiet, packets: browsing() },
};

const watch = (
  detector: Detector,
  scenes: readonly Scene[],
  releaseAfterMs = 1000,
  fromMs = 10_000,
): Observation[] =>
  scenes.map((scene, index) => detector.observe(windowOf(scene, fromMs + index * 100), releaseAfterMs));
const phases = (seen: readonly Observation[]): string[] => seen.map(({ phase }) => phase);
const times = (count: number, scene: Scene): Scene[] => Array.from({ length: count }, () => scene);
const deviationOf = (seen: Observation | undefined): Deviation => {
  if (seen?.phase !== 'over' && seen?.phase !== 'surge') throw new Error(`it is ${seen?.phase ?? 'nothing'}`);
  return seen.deviation;
};

describe('tiers', () => {
  it('B has two independent signs, and is there with the first window', () => {
    const [first] = watch(detectorWith(), [flood]);
    const { tier, signals, confidence } = deviationOf(first);
    expect(tier).toBe('B');
    expect(signals.filter(({ score }) => score >= 0.5).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['unanswered', 'length-concentration']),
    );
    expect(confidence).toBeGreaterThan(0.8);
  });

  it('A has one, and confidence that says so', () => {
    const [first] = watch(detectorWith(), [oneSign]);
    expect(deviationOf(first)).toMatchObject({ tier: 'A' });
    const [sure] = watch(detectorWith(), [flood]);
    expect(deviationOf(first).confidence).toBeLessThan(deviationOf(sure).confidence);
  });

  it('are told of windows of any length, and ask for no feature that there is none of', () => {
    const usual = (_: string, feature: number): null => {
      if (!Number.isInteger(feature)) throw new Error(`feature ${feature}`);
      return null;
    };
    const window = { ...windowOf(flood, 10_000), intervalMs: 100.016 };
    expect(deviationOf(detectorWith({ usual }).observe(window, 1000)).tier).toBe('B');
  });

  it('B stays B while the deviation is open', () => {
    const seen = watch(detectorWith(), [flood, ...times(5, oneSign)]);
    for (const one of seen) expect(deviationOf(one).tier).toBe('B');
  });

  it('B is also what the host can not take, unless that is a transfer in a few flows', () => {
    const host = { listenOverflows: 0, synCookiesSent: 0, cardDrops: 9000, softirqShare: 1 };
    const [first] = watch(detectorWith(), [{ ...crowd, host }]);
    expect(deviationOf(first)).toMatchObject({ tier: 'B' });
    const transfer: Scene = {
      now: plus({ packets: 60_000, udpPackets: 60_000, bytes: 60_000 * 1400, outPackets: 5000 }),
      ...{
        ...quiet,
        host,
        packets: many(60, (number) => udp({ sourcePort: 40_000 + (number % 4), payloadBytes: 1372 })),
      },
    };
    expect(phases(watch(detectorWith({}, 700e6), times(40, transfer)))).not.toContain('over');
  });
});

describe('a surge', () => {
  it('is more of what is usual: visible after some seconds, and never an alarm', () => {
    const seen = phases(watch(detectorWith(), times(60, crowd)));
    expect(seen.slice(0, 29)).toEqual(Array(29).fill('idle'));
    expect(seen.slice(30)).toEqual(Array(30).fill('surge'));
  });

  it('outlasts a dip, and ends', () => {
    const seen = phases(
      watch(detectorWith(), [...times(40, crowd), ...times(10, calm), crowd, ...times(110, calm)]),
    );
    expect(seen.slice(40, 51)).toEqual(Array(11).fill('surge'));
    expect(seen.at(-1)).toBe('idle');
  });

  it('becomes an alarm as soon as an attack comes with it', () => {
    const busy = plus(web, 9);
    const both: Scene = {
      ...flood,
      quiet: busy,
      lastSecond: busy,
      now: plus({ packets: 20_000, udpPackets: 20_000 }, 1, busy),
    };
    const seen = watch(detectorWith(), [...times(40, crowd), both, both]);
    expect(seen.at(-1)!.phase).toBe('over');
    expect(deviationOf(seen.at(-1)).sinceNs).toBeGreaterThan(13.5e9);
  });
});

describe('an open deviation', () => {
  it.each([
    ['of tier B', flood],
    ['of tier A', oneSign],
  ] as const)(
    '%s is held by its volume for a minute after its last sign, and then goes quiet',
    (_, scene) => {
      const ticks = 600;
      const seen = phases(watch(detectorWith(), [scene, ...times(ticks + 30, crowd)], 2000));
      expect(seen.slice(1, ticks + 1)).toEqual(Array(ticks).fill('over'));
      expect(seen.indexOf('quiet')).toBeGreaterThan(ticks);
      expect(seen).toContain('closed');
    },
  );

  it('is held by a hint, which would not have opened it', () => {
    const hint: Scene = {
      ...crowd,
      now: plus({ packets: 3300, icmpPackets: 3300, outPackets: 3300 }, 1, crowd.now),
    };
    expect(phases(watch(detectorWith(), times(150, hint)))).not.toContain('over');
    expect(phases(watch(detectorWith(), [flood, ...times(150, hint)])).slice(1)).toEqual(
      Array(150).fill('over'),
    );
  });

  it('of tier A may be what is usual after five minutes, where nothing was learned', () => {
    const seen = watch(detectorWith(), [oneSign, oneSign], 1e6, 10_000);
    expect(seen).toMatchObject([{ mayBeUsual: false }, { mayBeUsual: false }]);
    const detector = detectorWith();
    watch(detector, [oneSign], 1e6, 10_000);
    expect(watch(detector, [oneSign], 1e6, 310_000)).toMatchObject([{ phase: 'over', mayBeUsual: true }]);
  });

  it('that comes again soon must be quiet for twice as long', () => {
    const detector = detectorWith();
    const once = [flood, ...times(25, calm)];
    const first = phases(watch(detector, once, 1000, 10_000));
    const second = phases(watch(detector, once, 1000, 20_000));
    expect([first, second].map((seen) => seen.indexOf('closed'))).toEqual([10, 20]);
  });

  it('closes back at the usual level, which may be above the floor', () => {
    const busy = { ...quiet, quiet: plus(web, 5) };
    const scenes = [
      { ...flood, ...busy, now: plus(flood.now, 1, plus(web, 5)) },
      ...times(20, { now: plus(web, 5), ...busy, packets: browsing() }),
    ];
    const usual = (_: string, feature: number) =>
      feature === 0 ? { median: 6000, spread: 0.1, high: 9000, count: 1e4, ageMs: 1e9 } : null;
    expect(phases(watch(detectorWith({ usual }), scenes))).toContain('closed');
  });
});

describe('a prefix', () => {
  const over = (addresses: number) => {
    const window = windowOf(flood);
    const recentSamples = window.recentSamples.map((sample, index) => ({
      ...sample,
      target: `203.0.113.${index % addresses}`,
    }));
    return { ...window, target: '203.0.113.0/24', recentSamples };
  };

  it('has the threshold that is for all of it', () => {
    const detector = detectorWith();
    const seen = detector.observe(over(20), 1000);
    expect(deviationOf(seen)).toMatchObject({ target: '203.0.113.0/24', tier: 'B' });
    expect(detector.observe({ ...over(20), target: '203.0.0.0/16' }, 1000).phase).toBe('idle');
  });

  it('leaves to an address what is that address alone', () => {
    expect(detectorWith().observe(over(1), 1000).phase).toBe('idle');
  });
});
