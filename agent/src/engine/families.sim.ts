/**
 * Every attack family of the generator, with 30 % legitimate traffic mixed in, through the classifier; and legitimate
 * traffic alone, of which nothing may be called an attack.
 *
 * While working on the classifier, run some families with more draws, or more benign captures, and see what went wrong:
 *
 * `TIDEGATE_FAMILIES=ntp_amplification,udp_flood TIDEGATE_DRAWS=40 npx --no vitest run --project sim agent/src/engine/families.sim.ts`
 *
 * `TIDEGATE_BENIGN=200 npx --no vitest run --project sim agent/src/engine/families.sim.ts -t legitimate`
 */
import { describe, expect, it } from 'vitest';
import {
  confusionText,
  evaluateBenign,
  evaluateFamilies,
  explained,
  isPoor,
} from '../bench/detection/families.ts';
import { attackFamilies } from './generator/index.ts';

const isFull = process.env['TIDEGATE_TEST_FULL'] === '1';
const chosen = process.env['TIDEGATE_FAMILIES'];
const names = chosen === undefined ? attackFamilies.map(({ name }) => name) : chosen.split(',');
const draws = Number(process.env['TIDEGATE_DRAWS'] ?? (isFull ? 40 : 3));
const captures = Number(process.env['TIDEGATE_BENIGN'] ?? (isFull ? 1000 : 60));
/** The bench evaluates with others. */
const seed = 'tune-0';
const timeoutMs = isFull ? 1_800_000 : 60_000;

describe('the classifier', () => {
  it('names attack families, and its rules spare real users', { timeout: timeoutMs }, () => {
    const scores = [...evaluateFamilies({ seed, families: names, draws })];
    console.log(confusionText(scores));
    console.log(scores.filter(isPoor).map(explained).join('\n'));
    const right = scores.filter(({ isRight }) => isRight).length / scores.length;
    expect(right).toBeGreaterThanOrEqual(0.97);
  });

  it('calls nothing legitimate an attack', { timeout: timeoutMs }, () => {
    const called = [...evaluateBenign({ seed, captures })].filter(({ isRight }) => !isRight);
    expect(called.map(explained)).toEqual([]);
  });
});
