/** The run for people: a table of all detectors, and each attack that was missed and each false alarm of ours. */
import { confusionText, explained, isPoor } from './families.ts';
import type { Score } from './families.ts';
import { figuresOf, isJudged, timedMultiple } from './figures.ts';
import type { AttackVerdict } from './judge.ts';
import type { SeedResult } from './run.ts';
import type { Job, Outcome } from './worker.ts';

const rowsMax = 60;
/** An attack of five times the usual that takes longer than this is listed, ms; as is a ramp, s. */
const slowMs = 1000;
const slowRampMs = 240_000;

export interface Results {
  readonly seeds: readonly string[];
  readonly weeks: readonly SeedResult[];
  readonly attacks: readonly Score[];
  readonly benign: readonly Score[];
}

export function renderReport({ seeds, weeks, attacks, benign }: Results): string {
  const lines = [
    `Seeds: ${seeds.join(' ')}`,
    ...(weeks.length === 0 ? [] : ['', ...detectorLines(weeks)]),
    ...(attacks.length === 0 ? [] : ['', ...namingLines(attacks)]),
    ...(benign.length === 0 ? [] : ['', ...benignLines(benign)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A job that has ended, in a line: what a run that is cut off leaves behind. */
export function jobText(job: Job, outcome: Outcome): string {
  if (outcome.type === 'weeks') {
    const name = own(outcome.result)?.watcher;
    const figures = name === undefined ? {} : figuresOf([outcome.result], name);
    return `${job.seed}: ${Object.entries(figures)
      .map(([figure, value]) => `${figure} ${String(value)}`)
      .join(', ')}`;
  }
  const right = (judge: Score['by']): string => {
    const scores = outcome.scores.filter(({ by }) => by === judge);
    return `${String(scores.filter(({ isRight }) => isRight).length)} of ${String(scores.length)} by the ${judge}`;
  };
  return `${job.type === 'family' ? job.family : job.seed}: right ${judges.map(right).join(', ')}`;
}

function detectorLines(results: readonly SeedResult[]): string[] {
  const names = results[0]?.verdicts.map(({ watcher }) => watcher) ?? [];
  const columns = names.map((name) => figuresOf(results, name));
  const rows = Object.keys(columns[0] ?? {}).map((figure) => [
    figure,
    ...columns.map((column) => String(column[figure])),
  ]);
  return [...table([['', ...names], ...rows]), '', ...attackRows(results), '', ...falseAlarmRows(results)];
}

function namingLines(scores: readonly Score[]): string[] {
  return judges.flatMap((judge) => {
    const own = scores.filter(({ by }) => by === judge);
    const poor = own.filter(isPoor);
    return [
      `Named by the ${judge}:`,
      confusionText(own),
      '',
      `Named wrong, or with a poor rule: ${String(poor.length)}`,
      ...poor.slice(0, rowsMax).map(explained),
      '',
    ];
  });
}

const judges = ['classifier', 'agent'] as const;

function benignLines(scores: readonly Score[]): string[] {
  return judges.flatMap((judge) => {
    const own = scores.filter(({ by }) => by === judge);
    const named = own.filter(({ isRight, collateral }) => !isRight || collateral !== null);
    return [
      `Legitimate captures with something called an attack by the ${judge}: ${String(named.length)} of ${String(own.length)}`,
      ...named.slice(0, rowsMax).map(explained),
    ];
  });
}

const own = ({ verdicts }: SeedResult) => verdicts[0];

function attackRows(results: readonly SeedResult[]): string[] {
  const isWorthATable = (attack: AttackVerdict): boolean =>
    isJudged(attack) &&
    (attack.detectedMs === null ||
      attack.heldShare < 0.95 ||
      (attack.isRamp
        ? attack.detectedMs > slowRampMs
        : attack.multiple >= timedMultiple && attack.detectedMs > slowMs));
  const found = results.flatMap((result) =>
    (own(result)?.attacks ?? [])
      .filter(isWorthATable)
      .map((attack) => [
        result.seed,
        clock(attack.startMs),
        attack.target,
        `${attack.family}${attack.isRamp ? ' (ramp)' : ''}`,
        String(attack.packetsPerSecond),
        `${attack.multiple.toFixed(1)}×`,
        (attack.durationMs / 1000).toFixed(1),
        attack.detectedMs === null ? 'missed' : (attack.detectedMs / 1000).toFixed(1),
        attack.heldShare.toFixed(2),
      ]),
  );
  const header = ['seed', 'at', 'target', 'family', 'packets/s', 'usual', 'lasts s', 'after s', 'held'];
  return [
    `Missed, late or not held: ${String(found.length)}`,
    ...table([header, ...found.slice(0, rowsMax)]),
  ];
}

function falseAlarmRows(results: readonly SeedResult[]): string[] {
  const found = results.flatMap((result) =>
    (own(result)?.falseAlarms ?? []).map((alarm) => [
      result.seed,
      clock(alarm.atMs),
      alarm.target,
      alarm.answer ?? alarm.tier,
      (alarm.durationMs / 1000).toFixed(1),
      alarm.during.join(' ') || '–',
      alarm.reason,
    ]),
  );
  const header = ['seed', 'at', 'target', 'tier', 'lasts s', 'during', 'why'];
  return [`False alarms: ${String(found.length)}`, ...table([header, ...found.slice(0, rowsMax)])];
}

/** Day and time since the start. */
const clock = (ms: number): string =>
  `${String(Math.floor(ms / 86_400_000))}d ${new Date(ms % 86_400_000).toISOString().slice(11, 21)}`;

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
