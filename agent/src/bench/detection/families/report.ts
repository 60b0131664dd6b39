/** The scores of many captures, together: figures for machines, tables for people. */
import type { AttackAnswer } from '../../../engine/types.ts';
import type { Score } from './score.ts';

export interface FamilyFigures {
  readonly family: string;
  readonly draws: number;
  readonly accuracy: number;
  /** Of the draws that a rule was suggested for; null where there was none. */
  readonly coverageP10: number | null;
  readonly collateralP90: number | null;
  readonly answers: Readonly<Record<AttackAnswer, number>>;
}

export function familyFigures(family: string, scores: readonly Score[]): FamilyFigures {
  const coverages = scores.flatMap(({ coverage }) => coverage ?? []);
  const collaterals = scores.flatMap(({ collateral }) => collateral ?? []);
  const answers = { rule: 0, synproxy: 0, limit: 0, none: 0 };
  for (const { answer } of scores) answers[answer] += 1;
  return {
    family,
    draws: scores.length,
    accuracy: scores.filter(({ isRight }) => isRight).length / scores.length,
    coverageP10: quantile(coverages, 0.1),
    collateralP90: quantile(collaterals, 0.9),
    answers,
  };
}

/** The value below which the share lies, without interpolation, on the strict side. */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = share < 0.5 ? Math.floor(share * (sorted.length - 1)) : Math.ceil(share * (sorted.length - 1));
  return sorted[at] ?? null;
}

const percent = (value: number | null): string => (value === null ? '-' : `${(value * 100).toFixed(2)} %`);

/** One line a family: how often it was named, what else it was called, and how the rule did. */
export function confusionText(scores: readonly Score[]): string {
  const families = [...new Set(scores.map(({ family }) => family))];
  const lines = families.map((family) => {
    const own = scores.filter((one) => one.family === family);
    const { accuracy, coverageP10, collateralP90, answers } = familyFigures(family, own);
    const others = counted(own.filter(({ isRight }) => !isRight).map(({ named }) => named));
    const answered = Object.entries(answers).filter(([, count]) => count > 0);
    return [
      family.padEnd(26),
      `${(accuracy * 100).toFixed(1)} %`.padStart(8),
      percent(coverageP10).padStart(10),
      percent(collateralP90).padStart(9),
      `  ${answered.map(([name, count]) => `${name} ${count}`).join(', ')}`.padEnd(28),
      others,
    ].join(' ');
  });
  const head = `${'family'.padEnd(26)} ${'named'.padStart(8)} ${'cover p10'.padStart(10)} ${'hit p90'.padStart(9)}   ${'answers'.padEnd(25)} called instead`;
  return [head, ...lines].join('\n');
}

function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
