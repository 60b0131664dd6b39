/** The figures of a run: numbers only. */
import type { Run } from './rounds.ts';

type Runs = ReadonlyMap<string, readonly Run[]>;

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

/**
 * - `NAMENs`, `NAMENsMin`, `NAMENsMax`: ns/packet of a contender
 * - `fullToXdpFilter`, `fullWideToXdpFilter`: median of the ratios, with their least and greatest
 * - `packetsSent`, `packetsSeen`: over all runs, what was sent and what the programs ran for
 */
export function figuresOf(runs: Runs): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [name, of] of runs) {
    const costs = of.map(({ nsPerPacket }) => nsPerPacket);
    figures[`${name}Ns`] = rounded(median(costs), 1);
    figures[`${name}NsMin`] = rounded(Math.min(...costs), 1);
    figures[`${name}NsMax`] = rounded(Math.max(...costs), 1);
  }
  for (const name of ['full', 'fullWide']) {
    const all = ratios(runs, name, 'xdpFilter');
    figures[`${name}ToXdpFilter`] = rounded(median(all), 3);
    figures[`${name}ToXdpFilterMin`] = rounded(Math.min(...all), 3);
    figures[`${name}ToXdpFilterMax`] = rounded(Math.max(...all), 3);
  }
  const all = [...runs.values()].flat();
  figures['packetsSent'] = all.reduce((sum, { sent }) => sum + sent, 0);
  figures['packetsSeen'] = all.reduce((sum, { seen }) => sum + seen, 0);
  return figures;
}
