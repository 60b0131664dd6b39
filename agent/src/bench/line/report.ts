/** The run for people: the figures, and the attacks that took longest, step by step. */
import type { Verdict } from './verdict.ts';

const slowest = 10;

export function renderReport(
  verdicts: readonly Verdict[],
  figures: Readonly<Record<string, number>>,
  cores: number,
): string {
  const names = Object.keys(figures);
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `${name.padEnd(width)}  ${String(figures[name])}`);
  return `${[...lines, '', `The slowest, ms since the first packet (${String(cores)} cores):`, ...rowsOf(verdicts)].join('\n')}\n`;
}

function rowsOf(verdicts: readonly Verdict[]): string[] {
  const order = (verdict: Verdict): number => verdict.verifiedDropMs ?? Infinity;
  const numbered = verdicts.map((verdict, index) => ({ verdict, number: index + 1 }));
  const last = numbered.sort((a, b) => order(b.verdict) - order(a.verdict)).slice(0, slowest);
  const rows = [
    [
      '#',
      'family',
      'target',
      'detected',
      'installed',
      'effective',
      'gone',
      'verified',
      'offered/s',
      'timers late',
    ],
    ...last.map(({ verdict, number }) => [String(number), ...cellsOf(verdict)]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function cellsOf({ seen, ...verdict }: Verdict): string[] {
  const ms = (value: number | null): string => (value === null ? '–' : value.toFixed(1));
  return [
    seen.attack.kind,
    seen.attack.target,
    ms(verdict.detectedMs),
    ms(verdict.installedMs),
    ms(verdict.effectiveMs),
    ms(verdict.goneMs),
    ms(verdict.verifiedDropMs),
    String(seen.watched.offeredPacketsPerSecond),
    ms(Math.max(0, ...seen.timerLateMs)),
  ];
}
