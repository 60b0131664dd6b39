/** The figures of a run: numbers only. */
import { percentile } from '../line/percentile.ts';
import { familyFigures } from './families/report.ts';
import type { FamilyFigures } from './families/report.ts';
import type { Score } from './families.ts';
import type { AttackVerdict, Verdict } from './judge.ts';
import type { SeedResult } from './run.ts';

/** An attack is judged from this many times the usual traffic on; its delay from twice of that. */
const judgedMultiple = 3;
export const timedMultiple = 5;

const rounded = (value: number, digits = 4): number => Number(value.toFixed(digits));
const share = (part: number, all: number): number => (all === 0 ? 1 : rounded(part / all));

export const isJudged = ({ multiple }: AttackVerdict): boolean => multiple >= judgedMultiple;

/**
 * - `pulses`, `ramps`: attacks that are judged; `pulsesDetectedShare`, `rampsDetectedShare`: of them
 * - `pulseMsP50`, `pulseMsP99`: from the first packet to the alarm, of pulses of at least five times the usual; one that was
 *   not seen counts as later than all others, and as long as the longest pulse where the percentile falls on it
 * - `rampSecondsP50`: from the first packet of a ramp to the alarm
 * - `tierBShare`, `mitigatedShare`: pulses that reached tier B, and that were named and answered
 * - `heldShareP5`, `heldShareMin`: share of an attack, from its detection on, in which the alarm is open
 * - `benignMitigations`: answered without an attack, in all the weeks together; `benignTierB`: might have been
 * - `falseAlarmsPerWeek`, `surgesPerWeek`: of one node
 */
export function figuresOf(results: readonly SeedResult[], watcher: string): Record<string, number> {
  const verdicts = results.flatMap(({ verdicts: all }) => all.filter((one) => one.watcher === watcher));
  const attacks = verdicts.flatMap((verdict) => verdict.attacks.filter(isJudged));
  const pulses = attacks.filter(({ isRamp }) => !isRamp);
  const ramps = attacks.filter(({ isRamp }) => isRamp);
  const timed = pulses
    .filter(({ multiple }) => multiple >= timedMultiple)
    .map(({ detectedMs }) => detectedMs);
  const longest = Math.max(0, ...pulses.map(({ durationMs }) => durationMs));
  const held = attacks.map(({ heldShare }) => heldShare);
  const weeks = results.reduce((sum, { testDays }) => sum + testDays, 0) / 7;
  const falseAlarms = verdicts.flatMap((verdict: Verdict) => verdict.falseAlarms);
  const isSeen = ({ detectedMs }: AttackVerdict): boolean => detectedMs !== null;
  const part = (of: readonly AttackVerdict[], has: (attack: AttackVerdict) => boolean): number =>
    share(of.filter(has).length, of.length);
  return {
    pulses: pulses.length,
    pulsesDetectedShare: part(pulses, isSeen),
    pulseMsP50: percentile(timed, 0.5, longest),
    pulseMsP99: percentile(timed, 0.99, longest),
    tierBShare: part(pulses, ({ corroboratedMs }) => corroboratedMs !== null),
    mitigatedShare: part(pulses, ({ mitigatedMs }) => mitigatedMs !== null),
    ramps: ramps.length,
    rampsDetectedShare: part(ramps, isSeen),
    rampSecondsP50: rounded(
      percentile(
        ramps.map(({ detectedMs }) => detectedMs),
        0.5,
        1500e3,
      ) / 1000,
      1,
    ),
    heldShareP5: rounded(percentile(held, 0.05)),
    heldShareMin: rounded(Math.min(1, ...held)),
    benignMitigations: falseAlarms.filter(({ answer }) => answer !== null).length,
    benignTierB: falseAlarms.filter(({ tier }) => tier === 'B').length,
    falseAlarmsPerWeek: rounded(falseAlarms.length / weeks, 2),
    surgesPerWeek: rounded(verdicts.reduce((sum, { surges }) => sum + surges, 0) / weeks, 2),
  };
}

/**
 * - `familyAccuracy`: attacks that were named right, of all draws; `familyAccuracyMin`: of the family that does worst
 * - `ruleCoverageP10`, `ruleCollateralP90`: of the family that does worst, where a rule is suggested
 * - `ruleShare`: attacks that a rule is suggested for
 * - `benignNamed`, `benignRuled`: legitimate captures in which something was called an attack, or answered with a rule
 * - `accuracy_FAMILY`, `coverageP10_FAMILY`, `collateralP90_FAMILY`, `ruleShare_FAMILY`: of one family
 *
 * All of that of the classifier alone, and again, as `agentFamilyAccuracy` and so on, of the whole agent.
 */
export function namingFigures(attacks: readonly Score[], benign: readonly Score[]): Record<string, number> {
  const of = (scores: readonly Score[], by: Score['by']): Score[] =>
    scores.filter((score) => score.by === by);
  const agent = namingOf(of(attacks, 'agent'), of(benign, 'agent'));
  return {
    ...namingOf(of(attacks, 'classifier'), of(benign, 'classifier')),
    ...Object.fromEntries(
      Object.entries(agent).map(([name, value]) => [`agent${name[0]!.toUpperCase()}${name.slice(1)}`, value]),
    ),
  };
}

function namingOf(attacks: readonly Score[], benign: readonly Score[]): Record<string, number> {
  const names = [...new Set(attacks.map(({ family }) => family))];
  const families = names.map((name) =>
    familyFigures(
      name,
      attacks.filter(({ family }) => family === name),
    ),
  );
  const count = (scores: readonly Score[], isCounted: (score: Score) => boolean): number =>
    scores.filter(isCounted).length;
  return {
    familyAccuracy: share(
      count(attacks, ({ isRight }) => isRight),
      attacks.length,
    ),
    familyAccuracyMin: rounded(Math.min(1, ...families.map(({ accuracy }) => accuracy))),
    ruleCoverageP10: rounded(Math.min(1, ...families.flatMap(({ coverageP10 }) => coverageP10 ?? []))),
    ruleCollateralP90: rounded(Math.max(0, ...families.flatMap(({ collateralP90 }) => collateralP90 ?? []))),
    ruleShare: share(
      count(attacks, ({ answer }) => answer === 'rule'),
      attacks.length,
    ),
    attackCaptures: attacks.length,
    benignCaptures: benign.length,
    benignNamed: count(benign, ({ isRight }) => !isRight),
    benignRuled: count(benign, ({ collateral }) => collateral !== null),
    ...Object.fromEntries(families.flatMap(figuresOfFamily)),
  };
}

function figuresOfFamily({
  family,
  draws,
  accuracy,
  coverageP10,
  collateralP90,
  answers,
}: FamilyFigures): [string, number][] {
  return [
    [`accuracy_${family}`, rounded(accuracy)],
    ...(coverageP10 === null ? [] : [[`coverageP10_${family}`, rounded(coverageP10)] as [string, number]]),
    ...(collateralP90 === null
      ? []
      : [[`collateralP90_${family}`, rounded(collateralP90)] as [string, number]]),
    [`ruleShare_${family}`, share(answers.rule, draws)],
  ];
}

/** Ours under their own names, those of the reference detectors with theirs in front. */
export function allFigures(results: readonly SeedResult[]): Record<string, number> {
  const names = results[0]?.verdicts.map(({ watcher }) => watcher) ?? [];
  const [own, ...references] = names;
  const figures = own === undefined ? {} : figuresOf(results, own);
  for (const name of references)
    for (const [figure, value] of Object.entries(figuresOf(results, name)))
      figures[`${name}_${figure}`] = value;
  return figures;
}
