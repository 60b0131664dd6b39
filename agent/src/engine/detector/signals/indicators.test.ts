import { expect, it } from 'vitest';
import { indicators } from './indicators.ts';
import { pictureOf, plus, web } from './picture.contract.ts';

const judged = (indicatorPackets: number) =>
  indicators.judge(pictureOf({ now: plus({ packets: 10_000, indicatorPackets }), quiet: web }));

it('is a sign by the share of the excess that comes from listed sources', () => {
  expect(judged(5000)!.score).toBe(1);
  expect(judged(100)!.score).toBe(0);
});

it('cannot be told where nothing is listed', () => {
  expect(judged(0)).toBeNull();
});
