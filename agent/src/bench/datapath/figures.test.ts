import { expect, test } from 'vitest';
import { costFigures, liveFigures, median, millionFigures, ratios } from './figures.ts';
import type { Run } from './rounds.ts';

const run = (nsPerPacket: number, changes: Partial<Run> = {}): Run => ({
  ...{ nsPerPacket, sent: 1000, seen: 1000, passed: 900, toDrop: 100 },
  ...changes,
});

test('the median of an even number lies between the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

const runs = new Map([
  ['xdpFilter', [run(100), run(200), run(400)]],
  ['full', [run(90), run(100), run(100)]],
  ['fullWide', [run(110), run(100, { passed: 890 }), run(100)]],
]);

test('ratios are taken within the rounds', () => {
  expect(ratios(runs, 'full', 'xdpFilter')).toEqual([0.9, 0.5, 0.25]);
});

test('costs', () => {
  expect(costFigures({ runs })).toMatchObject({
    xdpFilterNs: 200,
    xdpFilterNsMin: 100,
    xdpFilterNsMax: 400,
    fullDroppedShare: 0.1,
    fullToXdpFilter: 0.5,
    fullToXdpFilterMax: 0.9,
    fullMisdropped: 0,
    fullWideMisdropped: 10,
    packetsSent: 9000,
    packetsSeen: 9000,
  });
});

test('the million: the greatest of the medians', () => {
  const pair = (full: number, million: number) =>
    new Map([
      ['full', [run(full)]],
      ['million', [run(million)]],
    ]);
  const of = new Map([
    ['Matching', pair(100, 120)],
    ['NonMatching', pair(100, 110)],
    ['Random', pair(100, 101)],
  ] as const);
  expect(millionFigures({ runs: of, loadMs: 1234.5 })).toMatchObject({
    millionToFull: 1.2,
    millionToFullNonMatching: 1.1,
    fullNsRandom: 100,
    millionNsRandom: 101,
    indicatorLoadMs: 1235,
  });
});

test('live: nothing is left over', () => {
  expect(liveFigures({ sent: 1000, counted: 990, lost: 10, durationMs: 0.2 })).toMatchObject({
    liveMpps: 4.95,
    liveMiscounted: 0,
  });
});
