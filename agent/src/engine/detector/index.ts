/**
 * Detector: says when a target is over its floor, and when that is over.
 *
 * ```
 * idle → pending (for holdMs) → over ⇄ held (below the floor, above floor × releaseRatio) → quiet → closed
 * ```
 * Promises: nothing below the floor ever alarms, unless the kernel counted it above a ceiling, and nothing outside the
 * protected prefixes; what is above a ceiling is over at once, because it may have been dropped; a deviation ends only
 * after it stayed quiet for as long as its playbook says, so that a pause between two pulses ends nothing.
 */
import type { CeilingExcess, CompiledThreshold } from '@tidegate/schemas';
import type { Deviation, TargetWindow } from '../types.ts';
import { aboveCeiling, ceilingExcess } from './ceiling.ts';
import { excessOf } from './floor.ts';
import type { Excess } from './floor.ts';
import { onsetOf } from './onset.ts';
import { ThresholdTable } from './thresholds.ts';

export type Observation =
  | { readonly phase: 'idle' | 'pending' | 'held' | 'quiet' | 'closed' }
  | { readonly phase: 'over'; readonly deviation: Deviation };

interface Track {
  threshold: CompiledThreshold;
  /** When the floor was first exceeded without a break. */
  readonly overSinceNs: number;
  /** When the excess began, as near as samples tell. */
  readonly sinceNs: number;
  /** Whether it lasted for holdMs. */
  isOpen: boolean;
  quietSinceNs: number | null;
}

/** What a window was over. */
interface Found {
  readonly excess: Excess;
  readonly above: CeilingExcess[];
}

const idle: Observation = { phase: 'idle' };

export interface DetectorOptions {
  /** Wall time of a kernel monotonic time, ms since the epoch. */
  readonly wallMsAt: (monotonicNs: number) => number;
}

export class Detector {
  readonly #wallMsAt: (monotonicNs: number) => number;
  readonly #tracks = new Map<string, Track>();
  #table = new ThresholdTable([], []);

  constructor({ wallMsAt }: DetectorOptions) {
    this.#wallMsAt = wallMsAt;
  }

  /** Puts new thresholds in force. What is open stays open while its target still has a threshold. */
  setThresholds(thresholds: readonly CompiledThreshold[], protect: readonly string[]): void {
    this.#table = new ThresholdTable(thresholds, protect);
    for (const [target, track] of this.#tracks) {
      const threshold = this.#table.for(target);
      if (threshold === null) this.#tracks.delete(target);
      else track.threshold = threshold;
    }
  }

  /** Looks at a window. `releaseAfterMs` is how long the target must stay quiet before the deviation closes. */
  observe(window: TargetWindow, releaseAfterMs: number): Observation {
    const track = this.#tracks.get(window.target);
    const threshold = track?.threshold ?? this.#table.for(window.target);
    if (threshold === null) return idle;
    const above = aboveCeiling(window, threshold);
    const excess = excessOf(window, threshold) ?? ceilingExcess(window, above);
    if (excess !== null)
      return this.#over(window, { excess, above }, track ?? this.#begin(window, threshold));
    if (track === undefined) return idle;
    if (!track.isOpen) {
      this.#tracks.delete(window.target);
      return idle;
    }
    if (excessOf(window, threshold, threshold.releaseRatio) !== null) {
      track.quietSinceNs = null;
      return { phase: 'held' };
    }
    track.quietSinceNs ??= window.atNs - window.intervalMs * 1e6;
    if (window.atNs - track.quietSinceNs < releaseAfterMs * 1e6) return { phase: 'quiet' };
    this.#tracks.delete(window.target);
    return { phase: 'closed' };
  }

  /** Takes up, after a restart, an excess that was open before. */
  resume(target: string, atNs: number): void {
    const threshold = this.#table.for(target);
    if (threshold === null || this.#tracks.has(target)) return;
    this.#tracks.set(target, {
      threshold,
      overSinceNs: atNs,
      sinceNs: atNs,
      isOpen: true,
      quietSinceNs: null,
    });
  }

  #begin(window: TargetWindow, threshold: CompiledThreshold): Track {
    const overSinceNs = window.atNs - window.intervalMs * 1e6;
    const track = { threshold, overSinceNs, sinceNs: onsetOf(window), isOpen: false, quietSinceNs: null };
    this.#tracks.set(window.target, track);
    return track;
  }

  #over(window: TargetWindow, found: Found, track: Track): Observation {
    track.quietSinceNs = null;
    const lasts = window.atNs - track.overSinceNs >= track.threshold.holdMs * 1e6;
    track.isOpen ||= lasts || found.above.length > 0;
    if (!track.isOpen) return { phase: 'pending' };
    return { phase: 'over', deviation: this.#deviation(window, found, track) };
  }

  #deviation(window: TargetWindow, { excess, above }: Found, { threshold, sinceNs }: Track): Deviation {
    const { target, packetsPerSecond, bitsPerSecond, intervalMs } = window;
    const evidence = {
      metric: excess.metric,
      value: excess.value,
      threshold: excess.floor,
      packetsPerSecond,
      bitsPerSecond,
      samples: window.recentSamples.filter(({ atNs }) => atNs >= sinceNs).length,
      windowMs: intervalMs,
      firstPacketAt: new Date(this.#wallMsAt(sinceNs)).toISOString(),
      ...(above.length === 0 ? {} : { ceiling: { threshold: threshold.name, exceeded: above } }),
    };
    const { metric, value, floor: limit } = excess;
    const volume = { metric, scaleMs: intervalMs, value, limit, usual: null };
    return {
      target,
      tier: 'B',
      confidence: 0.5,
      volume,
      signals: [],
      evidence,
      threshold: threshold.name,
      sinceNs,
    };
  }
}
