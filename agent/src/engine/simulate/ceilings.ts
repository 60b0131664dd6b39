/**
 * Ceilings on replayed traffic: what the kernel's token buckets would have let through, at the resolution of a window.
 * A bucket is full at first and holds a burst; what is above it in a window is spread evenly over the packets of its class.
 */
import type { CeilingClass, CompiledThreshold } from '@tidegate/schemas';
import { ThresholdTable } from '../detector/thresholds.ts';

export interface Excess {
  readonly class: CeilingClass;
  /** The part of what arrived that was above, 0 to 1. */
  readonly share: number;
  readonly packets: number;
}

/** What of a class arrives at the ceiling, after the rules; bits for the class bits. */
export type Offered = (name: CeilingClass, alreadyAbove: readonly Excess[]) => number;

interface Bucket {
  /** What may still come at once, packets or bits. */
  tokens: number;
  atNs: number;
}

/** Buckets that are not full. One that is forgotten counts as full. */
const bucketsMax = 65_536;

/** A packet counts in its own class first, then in all packets, then in all bits. */
const order = ['syn', 'tcp', 'udp', 'icmp', 'fragments', 'other', 'packets', 'bits'] as const;
const rank = new Map<CeilingClass, number>(order.map((name, index) => [name, index]));

export class Ceilings {
  readonly #table: ThresholdTable;
  readonly #buckets = new Map<string, Bucket>();
  /** Whether any target has a ceiling at all. */
  readonly isIdle: boolean;

  constructor(thresholds: readonly CompiledThreshold[], protect: readonly string[]) {
    this.#table = new ThresholdTable(thresholds, protect);
    this.isIdle = thresholds.every(({ ceiling }) => ceiling === undefined);
  }

  /** What is above the ceilings of a target in a window, in the order in which it is taken away. */
  hold(target: string, offered: Offered, atNs: number, intervalNs: number): Excess[] {
    const ceiling = this.#table.for(target)?.ceiling;
    if (ceiling === undefined) return [];
    const above: Excess[] = [];
    const limits = [...ceiling.limits].sort((a, b) => rank.get(a.class)! - rank.get(b.class)!);
    for (const { class: name, perSecond } of limits) {
      const amount = offered(name, above);
      const passes = this.#take(`${target} ${name}`, amount, {
        perSecond,
        depth: (perSecond * ceiling.burstMs) / 1000,
        atNs,
        intervalNs,
      });
      if (passes >= amount) continue;
      const packets = name === 'bits' ? offered('packets', above) : amount;
      const share = 1 - passes / amount;
      above.push({ class: name, share, packets: packets * share });
    }
    return above;
  }

  /** Takes tokens; how much of the amount passes. */
  #take(
    key: string,
    amount: number,
    {
      perSecond,
      depth,
      atNs,
      intervalNs,
    }: { perSecond: number; depth: number; atNs: number; intervalNs: number },
  ): number {
    const refill = (perSecond * intervalNs) / 1e9;
    const known = this.#buckets.get(key);
    if (known === undefined && amount <= refill) return amount;
    const startNs = atNs - intervalNs;
    const saved =
      known === undefined
        ? depth
        : Math.min(depth, known.tokens + (perSecond * Math.max(0, startNs - known.atNs)) / 1e9);
    const allowed = saved + refill;
    const tokens = Math.min(depth, allowed - Math.min(amount, allowed));
    if (tokens >= depth) this.#buckets.delete(key);
    else {
      if (known === undefined && this.#buckets.size >= bucketsMax) this.#buckets.clear();
      this.#buckets.set(key, { tokens, atNs });
    }
    return Math.min(amount, allowed);
  }
}
