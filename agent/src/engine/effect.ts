/** Whether a rule that is installed does what it is for, judged from its own counter and what arrives at its target. */

/** Totals at one moment. */
export interface Look {
  /** Kernel monotonic, ns. */
  readonly atNs: number;
  /** Packets that the rule hit. */
  readonly hits: number;
  /** Packets to its target of the kind that the attack shows in. */
  readonly offered: number;
  /** Packets to its target that any rule of ours dropped. */
  readonly dropped: number;
}

/**
 * `effective`: the rule dropped packets, and nearly nothing of the attack went past it. `idle`: there was hardly
 * anything to drop, so nothing can be said. `passing`: the attack goes on.
 */
export type Effect = 'effective' | 'passing' | 'idle';

/** Share of the attack that may still pass. */
const passingShareMax = 0.05;
/** Fewer packets than this say nothing. */
const packetsMin = 20;

/** What happened between two looks. Packets at `remainderPacketsPerSecond` are not the attack's, and may pass. */
export function effectBetween(before: Look, now: Look, remainderPacketsPerSecond: number): Effect {
  const hits = now.hits - before.hits;
  const offered = now.offered - before.offered;
  const passing = offered - Math.max(hits, now.dropped - before.dropped);
  const remainder = (remainderPacketsPerSecond * (now.atNs - before.atNs)) / 1e9;
  if (hits < packetsMin) return passing <= Math.max(packetsMin, remainder) ? 'idle' : 'passing';
  return passing <= Math.max(offered * passingShareMax, remainder) ? 'effective' : 'passing';
}

/** So few hits that the look before stays the one to compare with. */
export const isEarly = (before: Look, now: Look): boolean => now.hits - before.hits < packetsMin;
