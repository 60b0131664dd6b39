/**
 * What the baseline is taught: nothing of an attack, and nothing by windows that reach back into one. A minute after the
 * end of a flood the window of a minute still holds all of it; of a quiet server it would be all that is known.
 */
import type { Baseline } from './baseline/index.ts';
import { scaleMsOf } from './features.ts';
import type { Windows } from './window/index.ts';

/** Longest window, and the second in which the attack ended, ns. */
const longestNs = 61e9;
const msPerNs = 1e-6;
/** Windows are closed with whole seconds, which an attack does not wait for, ms. */
const secondMs = 1000;

type Taught = Pick<Baseline, 'freeze' | 'thaw' | 'observe'>;

export class Learning {
  readonly #baseline: Taught;
  readonly #wallMsAt: (atNs: number) => number;
  readonly #frozen = new Set<string>();
  /** When attacks ended, kernel monotonic ns, the oldest first. */
  readonly #endedNs = new Map<string, number>();

  constructor(baseline: Taught, wallMsAt: (atNs: number) => number) {
    this.#baseline = baseline;
    this.#wallMsAt = wallMsAt;
  }

  /** What goes on during an attack is not what is usual. */
  freeze(target: string, atNs: number): void {
    if (this.#frozen.has(target)) return;
    this.#frozen.add(target);
    this.#baseline.freeze(target, this.#wallMsAt(atNs));
  }

  thaw(target: string, atNs: number): void {
    if (!this.#frozen.delete(target)) return;
    this.#baseline.thaw(target, this.#wallMsAt(atNs));
    this.#endedNs.delete(target);
    this.#endedNs.set(target, atNs);
  }

  /** Takes what the windows have to tell. */
  take(windows: Pick<Windows, 'observations'>, atNs: number): void {
    const wallMs = this.#wallMsAt(atNs);
    for (const [target, endedNs] of this.#endedNs) {
      if (atNs - endedNs <= longestNs) break;
      this.#endedNs.delete(target);
    }
    windows.observations((target, feature, value) => {
      const endedNs = this.#endedNs.get(target);
      if (endedNs !== undefined && (atNs - endedNs) * msPerNs < scaleMsOf(feature) + secondMs) return;
      this.#baseline.observe(target, feature, wallMs, value);
    });
  }
}
