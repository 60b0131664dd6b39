/**
 * Every attack family of the generator, with 30 % legitimate traffic mixed in, and legitimate traffic alone, of which
 * nothing may be called an attack: before the classifier alone, and before the whole engine.
 *
 * While working on the classifier, run some families with more draws, or more benign captures, and see what went wrong:
 *
 * `TIDEGATE_FAMILIES=ntp_amplification,udp_flood TIDEGATE_DRAWS=40 npx --no vitest run --project sim agent/src/engine/families.sim.ts`
 *
 * `TIDEGATE_BENIGN=200 npx --no vitest run --project sim agent/src/engine/families.sim.ts -t legitimate`
 */
import { afterAll, describe, expect, it } from 'vitest';
import {
  confusionText,
  evaluateBenign,
  evaluateFamilies,
  explained,
  isPoor,
} from '../bench/detection/families.ts';
import type { Score } from '../bench/detection/families.ts';
import { attackFamilies } from './generator/index.ts';

const isFull = process.env['TIDEGATE_TEST_FULL'] === '1';
const chosen = process.env['TIDEGATE_FAMILIES'];
const names = chosen === undefined ? attackFamilies.map(({ name }) => name) : chosen.split(',');
const wanted = (name: string, quick: number, full: number): number =>
  Number(process.env[name] ?? (isFull ? full : quick));
/** The bench evaluates with others. */
const seed = 'tune-0';
const accuracyMin = 0.97;
const timeout = isFull ? 600_000 : 60_000;

describe.each([
  { by: 'classifier', draws: wanted('TIDEGATE_DRAWS', 2, 40), captures: wanted('TIDEGATE_BENIGN', 40, 1000) },
  { by: 'agent', draws: isFull ? 10 : 0, captures: isFull ? 100 : 5 },
] as const)('the $by', ({ by, draws, captures }) => {
  const scores: Score[] = [];
  const report = (): void => {
    console.log(confusionText(scores));
    console.log(scores.filter(isPoor).map(explained).join('\n'));
  };
  afterAll(report);

  it.each(draws === 0 ? [] : names)('%s is looked at', { timeout }, (name) => {
    const own = [...evaluateFamilies({ seed, families: [name], draws, by })];
    expect(own).toHaveLength(draws);
    scores.push(...own);
  });

  it.runIf(draws > 0)('names the families, and spares real users', () => {
    const right = scores.filter(({ isRight }) => isRight).length / scores.length;
    expect(right).toBeGreaterThanOrEqual(accuracyMin);
  });

  it('calls nothing legitimate an attack', { timeout }, () => {
    const benign = [...evaluateBenign({ seed, captures, by })];
    expect(benign.filter(({ isRight, coverage }) => !isRight || coverage !== null).map(explained)).toEqual(
      [],
    );
  });
});
