/** Targets with more traffic than usual, of the usual kind: a crowd, a backup. To be shown, and to be left alone. */
import type { Deviation } from './types.ts';

export interface Surge {
  readonly target: string;
  /** Packets/s, or bits/s for `bits`. */
  readonly value: number;
  readonly metric: Deviation['volume']['metric'];
  /** What is usual at this hour, in the same unit; null before it was learned. */
  readonly usual: number | null;
}

/** Surges that are shown at one time. */
const surgesMax = 64;
/** A surge that was not seen again for so long is over, ns. */
const overAfterNs = 2e9;

export class Surges {
  readonly #surges = new Map<string, { readonly surge: Surge; readonly atNs: number }>();

  add({ target, volume: { metric, value, usual } }: Deviation, atNs: number): void {
    if (!this.#surges.has(target) && this.#surges.size >= surgesMax) this.#forget(atNs);
    if (!this.#surges.has(target) && this.#surges.size >= surgesMax) return;
    this.#surges.set(target, { surge: { target, metric, value, usual }, atNs });
  }

  list(atNs: number): Surge[] {
    this.#forget(atNs);
    return [...this.#surges.values()].map(({ surge }) => surge);
  }

  #forget(atNs: number): void {
    for (const [target, one] of this.#surges) if (atNs - one.atNs > overAfterNs) this.#surges.delete(target);
  }
}
