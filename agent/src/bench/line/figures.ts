/** The figures of a run: numbers only, times in ms. */
import type { Campaign } from './campaign.ts';
import { percentile } from './percentile.ts';
import { floodMs } from './plan.ts';
import type { Verdict } from './verdict.ts';

const rounded = (value: number): number => Math.round(value * 10) / 10;

/**
 * - `verifiedDropMs…`, `detectedMs…` (record incident.opened), `installedMs…` (receipt), `goneMs…` (the probe alone):
 *   since the first attack packet; `floodMs` stands for "not while the flood lasted"
 * - `failures`: attacks without a verified drop; `misnamed`: incidents opened under another family's name
 * - `tickLateMsP99`: of the agent's last 3,000 ticks; `tickMissed`: ticks that never came in their interval
 * - `timerLateMsP99`: of timers in an idle process during the floods; what it has of lateness is the machine's
 */
export function figuresOf(verdicts: readonly Verdict[], ticks: Campaign['ticks']): Record<string, number> {
  const of = (name: 'verifiedDropMs' | 'detectedMs' | 'installedMs' | 'goneMs', share: number): number =>
    rounded(
      percentile(
        verdicts.map((verdict) => verdict[name]),
        share,
        floodMs,
      ),
    );
  const timers = verdicts.flatMap(({ seen }) => seen.timerLateMs);
  const rates = verdicts.map(({ seen }) => seen.watched.offeredPacketsPerSecond);
  return {
    verifiedDropMsP50: of('verifiedDropMs', 0.5),
    verifiedDropMsP99: of('verifiedDropMs', 0.99),
    detectedMsP50: of('detectedMs', 0.5),
    detectedMsP99: of('detectedMs', 0.99),
    installedMsP50: of('installedMs', 0.5),
    installedMsP99: of('installedMs', 0.99),
    goneMsP50: of('goneMs', 0.5),
    goneMsP99: of('goneMs', 0.99),
    attacks: verdicts.length,
    failures: verdicts.filter(({ verifiedDropMs }) => verifiedDropMs === null).length,
    misnamed: verdicts.filter(({ family, seen }) => family !== null && family !== seen.attack.kind).length,
    floodMs,
    offeredPacketsPerSecondP50: percentile(rates, 0.5),
    tickLateMsP99: rounded(ticks.lateMsP99),
    tickMissed: ticks.missed,
    timerLateMsP99: rounded(percentile(timers, 0.99)),
  };
}
