import { describe, expect, it } from 'vitest';
import { confusionText, familyFigures, quantile } from './report.ts';
import type { Score } from './score.ts';

const score = (own: Partial<Score>): Score => ({
  ...{ by: 'classifier', family: 'syn_flood', named: 'syn_flood', isRight: true, answer: 'rule' },
  ...{ coverage: 1, collateral: 0, afterMs: 50, seed: 'test' },
  detail: { target: '203.0.113.10', attack: null, mix: [], surge: null, attacks: [] },
  ...own,
});

describe('quantiles', () => {
  it('are values that occurred, on the strict side', () => {
    const values = Array.from({ length: 40 }, (_, index) => index);
    expect(quantile(values, 0.1)).toBe(3);
    expect(quantile(values, 0.9)).toBe(36);
    expect(quantile([], 0.1)).toBeNull();
  });
});

describe('figures of a family', () => {
  it('judge rules by the draws that got one', () => {
    const figures = familyFigures('syn_flood', [
      score({ coverage: 0.9, collateral: 0.01 }),
      score({ isRight: false, named: 'ack_flood' }),
      score({ answer: 'synproxy', coverage: null, collateral: null }),
      score({ answer: 'limit', coverage: null, collateral: null }),
    ]);
    expect(figures).toEqual({
      ...{ family: 'syn_flood', draws: 4, accuracy: 0.75, coverageP10: 0.9, collateralP90: 0.01 },
      answers: { rule: 2, synproxy: 1, limit: 1, none: 0 },
    });
  });

  it('have none without a rule', () => {
    const figures = familyFigures('syn_flood', [score({ answer: 'none', coverage: null, collateral: null })]);
    expect(figures).toMatchObject({ coverageP10: null, collateralP90: null });
  });
});

describe('the confusion matrix', () => {
  it('says what a family was called instead, the commonest first', () => {
    const wrong = (named: string) => score({ isRight: false, named });
    const text = confusionText([wrong('none'), wrong('ack_flood'), wrong('ack_flood'), score({})]);
    expect(text).toContain('ack_flood 2, none 1');
    expect(text).toContain('25.0 %');
  });
});
