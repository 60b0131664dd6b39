/**
 * Exponential hold-down: an attack that comes again soon after it was over must be quiet for twice as long before it
 * counts as over, and so on, so that pulses do not open an incident each (the damping of route flaps, RFC 2439).
 */

/** Quiet times double at most this often, and grow to an hour at most. */
const doublingsMax = 6;
const quietMsMax = 3_600_000;
/** After so many times the quiet time without a return, one doubling is taken back. */
const forgetTimes = 4;
/** Nobody's quiet time is too short to notice a return. */
const returnMsMin = 60_000;
const targetsMax = 4096;

interface Damping {
  readonly doublings: number;
  readonly closedAtNs: number;
  readonly quietMs: number;
}

export class HoldDown {
  readonly #targets = new Map<string, Damping>();

  /** An excess begins: how often its quiet time is doubled. */
  open(target: string, atNs: number): number {
    const known = this.#targets.get(target);
    if (known === undefined) return 0;
    const awayMs = (atNs - known.closedAtNs) / 1e6;
    const forgetMs = forgetTimes * Math.max(returnMsMin, known.quietMs);
    if (awayMs <= forgetMs) return Math.min(doublingsMax, known.doublings + 1);
    return Math.max(0, known.doublings - Math.floor(awayMs / forgetMs));
  }

  /** An excess is over. */
  close(target: string, atNs: number, doublings: number, quietMs: number): void {
    this.#targets.delete(target);
    this.#targets.set(target, { doublings, closedAtNs: atNs, quietMs });
    const [oldest] = this.#targets.keys();
    if (this.#targets.size > targetsMax && oldest !== undefined) this.#targets.delete(oldest);
  }
}

/** Quiet time that must pass, ms. */
export const quietMsOf = (releaseAfterMs: number, doublings: number): number =>
  Math.max(releaseAfterMs, Math.min(quietMsMax, releaseAfterMs * 2 ** doublings));
