/** The figures: numbers only. Ratios are medians of the ratios within the rounds. */
import type { AgentFigures } from './agent.ts';
import { ceilingPacketsPerSecond, type Held } from './ceiling.ts';
import type { Costs } from './costs.ts';
import type { Flooded } from './flood.ts';
import type { Million } from './million.ts';
import type { Run, Runs } from './rounds.ts';
import type { Swapped } from './swap.ts';

type Figures = Record<string, number>;

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}

/** Round by round; both contenders had one run in each. */
export function ratios(runs: Runs, of: string, to: string): number[] {
  const below = runs.get(to) ?? [];
  return (runs.get(of) ?? []).map(({ nsPerPacket }, round) => nsPerPacket / below[round]!.nsPerPacket);
}

const sum = (runs: readonly Run[], of: 'sent' | 'seen' | 'passed' | 'toDrop'): number =>
  runs.reduce((total, run) => total + run[of], 0);

const spread = (name: string, values: readonly number[], digits: number): Figures => ({
  [name]: rounded(median(values), digits),
  [`${name}Min`]: rounded(Math.min(...values), digits),
  [`${name}Max`]: rounded(Math.max(...values), digits),
});

const costOf = (runs: Runs, contender: string): number[] =>
  (runs.get(contender) ?? []).map(({ nsPerPacket }) => nsPerPacket);

/**
 * - `NAMENs`: ns/packet of a contender (`…Min`, `…Max`: of its runs)
 * - `NAMEDroppedShare`: share of the packets that it dropped, by what came out behind it
 * - `fullToXdpFilter`, `fullWideToXdpFilter`: ratios (`…Min`, `…Max`: of the rounds)
 * - `fullMisdropped`, `fullWideMisdropped`: packets by which it dropped more, or fewer, than its rules match
 * - `packetsSent`, `packetsSeen`: over all runs, what was sent and what the programs ran for
 */
export function costFigures({ runs }: Pick<Costs, 'runs'>): Figures {
  const figures: Figures = {};
  for (const [name, of] of runs) {
    Object.assign(figures, spread(`${name}Ns`, costOf(runs, name), 1));
    figures[`${name}DroppedShare`] = rounded(1 - sum(of, 'passed') / sum(of, 'seen'), 4);
  }
  for (const name of ['full', 'fullWide']) {
    const of = runs.get(name) ?? [];
    Object.assign(figures, spread(`${name}ToXdpFilter`, ratios(runs, name, 'xdpFilter'), 3));
    figures[`${name}Misdropped`] = Math.abs(sum(of, 'seen') - sum(of, 'passed') - sum(of, 'toDrop'));
  }
  const all = [...runs.values()].flat();
  return { ...figures, packetsSent: sum(all, 'sent'), packetsSeen: sum(all, 'seen') };
}

/**
 * - `millionToFullMatching`, `…NonMatching`, `…Random`: our cost with the indicators by our cost without, for the same
 *   sources; `millionToFull` is the greatest of the three
 * - `millionNs…`, `fullNs…`: both costs
 * - `millionDropToFull…`: the same ratio where all the entries drop, which is asked for with every packet
 * - `indicatorLoadMs`: from the file to the moment from which the whole set counts
 */
export function millionFigures({ runs, loadMs }: Pick<Million, 'runs' | 'loadMs'>): Figures {
  const figures: Figures = {};
  let greatest = 0;
  for (const [name, of] of runs) {
    const all = ratios(of, 'million', 'full');
    greatest = Math.max(greatest, median(all));
    Object.assign(figures, spread(`millionToFull${name}`, all, 3));
    figures[`millionNs${name}`] = rounded(median(costOf(of, 'million')), 1);
    figures[`fullNs${name}`] = rounded(median(costOf(of, 'full')), 1);
    if (of.has('millionDrop'))
      figures[`millionDropToFull${name}`] = rounded(median(ratios(of, 'millionDrop', 'full')), 3);
  }
  return { millionToFull: rounded(greatest, 3), ...figures, indicatorLoadMs: rounded(loadMs, 0) };
}

/**
 * - `liveMpps`: packets that arrived and were counted, millions a second
 * - `liveSent`, `liveCounted`, `liveLost`: what was sent, counted, and lost on the way by the driver's own counters
 * - `liveMiscounted`: what is left of the first without the other two; 0 where nothing was miscounted
 */
export const liveFigures = ({ sent, counted, lost, durationMs }: Flooded): Figures => ({
  liveMpps: rounded(counted / durationMs / 1000, 2),
  liveSent: sent,
  liveCounted: counted,
  liveLost: lost,
  liveMiscounted: Math.abs(sent - counted - lost),
});

/**
 * - `swapLoads`, `swapLoadMsMax`: sets of a million that took each other's place while a flood was on, and the longest
 * - `swapMiscounted`: packets of that flood that were neither counted nor lost by the driver
 */
export const swapFigures = ({ sent, counted, lost, loadMs }: Swapped): Figures => ({
  swapLoads: loadMs.length,
  swapLoadMsMax: rounded(Math.max(...loadMs), 0),
  swapSent: sent,
  swapMiscounted: Math.abs(sent - counted - lost),
});

/**
 * - `ceilingOvershoot`: packets that reached the stack in the first second, by the ceiling C; a burst of C/10 included
 * - `ceilingFloodFactor`: what arrived in that second, by C
 */
export const ceilingFigures = ({ arrived, passed }: Held): Figures => ({
  ceilingPacketsPerSecond,
  ceilingOvershoot: rounded(passed / ceilingPacketsPerSecond, 3),
  ceilingFloodFactor: rounded(arrived / ceilingPacketsPerSecond, 1),
});

/**
 * - `agentCpuShare`, `agentIdleCpuShare`: user-space CPU of the agent, share of one core, in a flood and without
 * - `agentRssAnonMB`: the most anonymous memory it had in the flood; `agentRssAnonMillionMB`: with a million indicators
 * - `agentTickLateMsP99`, `agentTickMissed`: of the ticks in the flood
 */
export const agentFigures = (without: AgentFigures, million: AgentFigures): Figures => ({
  agentFloodMpps: rounded(without.packetsPerSecond / 1e6, 2),
  agentIdleCpuShare: rounded(without.idleCpuShare, 4),
  agentCpuShare: rounded(without.cpuShare, 4),
  agentCpuShareMillion: rounded(million.cpuShare, 4),
  agentRssAnonMB: rounded(without.rssAnonMB, 1),
  agentRssAnonMillionMB: rounded(million.rssAnonMB, 1),
  agentTickLateMsP99: rounded(without.tickLateMsP99, 1),
  agentTickMissed: without.tickMissed,
});
