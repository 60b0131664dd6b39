/** Incidents and what was done about them, for people. */
import { matchText, percent, seconds } from '@tidegate/agent/engine/simulate';
import type { Simulation } from '@tidegate/schemas';
import { grouped } from '../analyze/format.ts';

type Incident = Simulation['incidents'][number];
type Action = Incident['actions'][number];

/** Incidents, actions and refusals that are printed; the JSON has them all. */
const incidentsShownMax = 50;
const entriesShownMax = 8;

export function incidentLines(incidents: readonly Incident[]): string[] {
  const shown = incidents.slice(0, incidentsShownMax).flatMap(linesOf);
  const left = incidents.length - incidentsShownMax;
  return left > 0 ? [...shown, `… and ${left} more incidents`] : shown;
}

function linesOf(incident: Incident): string[] {
  const { target, family, confidence, startedAtMs, detectedAtMs, endedAtMs, actions, refused } = incident;
  const over = endedAtMs === null ? 'still open at the end' : `over at ${seconds(endedAtMs)}`;
  return [
    `${seconds(detectedAtMs)}: ${family} on ${target}, confidence ${confidence.toFixed(2)}; began at ${seconds(startedAtMs)}, ${over}`,
    ...cut(actions.map(actionLine), 'actions'),
    ...cut(
      refused.map(({ atMs, rail, reason }) => `${seconds(atMs)}: not done (${rail}): ${reason}`),
      'refusals',
    ),
    ...(actions.length === 0 && refused.length === 0 ? ['  nothing was done: no playbook answers it'] : []),
  ];
}

function actionLine({ type, atMs, ttlSeconds, mode, backend, match, level }: Action): string {
  const would = mode === 'observe' ? ' (observe: would have been)' : '';
  const what = match === null ? '' : `: ${matchText(match)}`;
  const forLong = ttlSeconds === null ? '' : ` for ${ttlSeconds} s`;
  return `${seconds(atMs)}: ${type}${forLong} by ${backend}, ${level ?? 'never in force'}${would}${what}`;
}

const cut = (lines: readonly string[], what: string): string[] => {
  const shown = lines.slice(0, entriesShownMax).map((line) => `  ${line}`);
  const left = lines.length - entriesShownMax;
  return left > 0 ? [...shown, `  … and ${left} more ${what}`] : shown;
};

export function volumeLine({ total, wouldDrop, wouldAnswer }: Simulation['packets']): string {
  const answered = wouldAnswer === 0 ? '' : `, ${grouped(wouldAnswer)} answered with a SYN cookie`;
  return `${grouped(wouldDrop)} of ${grouped(total)} packets would be dropped${answered}`;
}

export function collateralLine({ packets, share, basis, samples, reason }: Simulation['collateral']): string {
  if (share === null || packets === null) return `collateral: not known: ${reason ?? ''}`;
  if (basis === null) return 'collateral: none, nothing was done';
  const how = basis === 'labels' ? 'by their labels' : 'estimated from traffic before the incidents';
  return `collateral: ${percent(share)} of the legitimate packets (${grouped(packets)}), ${how}, ${grouped(samples)} samples`;
}
