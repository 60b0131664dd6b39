/** One score in full, for whoever wants to know what went wrong. */
import type { Score } from './score.ts';

const coverageMin = 0.95;
const collateralMax = 0.005;

/** Whether somebody should look at it. */
export const isPoor = ({ isRight, coverage, collateral }: Score): boolean =>
  !isRight || (coverage ?? 1) < coverageMin || (collateral ?? 0) > collateralMax;

export function explained({ by, seed, named, coverage, collateral, answer, afterMs, detail }: Score): string {
  const { attack, mix, surge, attacks, target } = detail;
  const hits = `coverage ${coverage?.toFixed(4) ?? '-'}, collateral ${collateral?.toFixed(4) ?? '-'}`;
  return [
    `${seed} on ${target}, by the ${by}: ${named} after ${Math.round(afterMs)} ms, ${answer}, ${hits}`,
    attack === null ? `  surge ${surge ?? 'none'}` : `  sent ${JSON.stringify(attack.parameters)}`,
    `  beside ${mix.map(({ name, share }) => `${name} ${share.toFixed(2)}`).join(', ')}`,
    ...attacks.flatMap(({ family, confidence, match, reasons }) => [
      `  ${family} ${confidence.toFixed(2)} ${JSON.stringify(match)}`,
      ...reasons.map((reason) => `    ${reason}`),
    ]),
  ].join('\n');
}
