/**
 * Detector: says when a target receives more than usual, whether that looks like an attack, and when it is over.
 *
 * ```
 * idle → pending (for holdMs) → over ⇄ held (still high, or signs only moments ago) → quiet → closed
 *      → surge (more of what is usual) → over, as soon as something is not usual
 * ```
 * Promises: nothing below the floor ever alarms, unless the kernel counted it above a ceiling, and nothing outside the
 * protected prefixes; what is above a ceiling is over at once, because it may have been dropped; volume alone is no
 * attack: only tier B, with two independent signals or a breach of what the host can take, is to be answered; a
 * deviation ends only after it stayed quiet for as long as its playbook says, and for longer each time it comes again.
 */
import type { CeilingExcess, CompiledThreshold } from '@tidegate/schemas';
import type { Deviation, TargetWindow, Usual, VolumeFinding } from '../types.ts';
import { aboveCeiling, ceilingExcess } from './ceiling.ts';
import { excessOf } from './floor.ts';
import type { Excess } from './floor.ts';
import { HoldDown, quietMsOf } from './hold-down.ts';
import { Judge, isFollowed } from './judge.ts';
import { onsetOf } from './onset.ts';
import { ThresholdTable } from './thresholds.ts';
import { newTrack } from './track.ts';
import type { Track } from './track.ts';
import { UsualMemory } from './usual-rates.ts';
import type { UsualTraffic } from './usual-rates.ts';
import type { Verdict } from './verdict.ts';
import { isStillHigh, volumeFinding } from './volume.ts';
import type { VolumeOptions } from './volume.ts';

export type Observation =
  | { readonly phase: 'idle' | 'pending' | 'held' | 'quiet' | 'closed' }
  | { readonly phase: 'surge'; readonly deviation: Deviation }
  | {
      readonly phase: 'over';
      readonly deviation: Deviation;
      /** Whether it has lasted so long, in tier A and with nothing learned before, that it may be what is usual here. */
      readonly mayBeUsual: boolean;
    };

/** What a window was over. */
interface Found {
  readonly excess: Excess;
  readonly above: CeilingExcess[];
  readonly volume: VolumeFinding;
}

const idle: Observation = { phase: 'idle' };
/** So long after its last sign an open deviation goes on while its volume does, ns. */
const signsLastNs = 60e9;
/** More of what is usual is a surge when it lasts so long, and until it was away for so long, ns. */
const surgeAfterNs = 3e9;
const surgeKeptNs = 10e9;
/** More than there are addresses and prefixes with a window. */
const tracksMax = 8192;
/** So long an alarm of tier A may last before a target of which nothing is known is taken for one that is like that, ns. */
const usualAfterNs = 300e9;

export interface DetectorOptions {
  /** Wall time of a kernel monotonic time, ms since the epoch. */
  readonly wallMsAt: (monotonicNs: number) => number;
  /**
   * What is usual of a feature of features.ts at a wall time; null where nothing is known.
   * @default nothing is known
   */
  readonly usual?: (target: string, feature: number, wallMs: number) => Usual | null;
}

export class Detector {
  readonly #wallMsAt: (monotonicNs: number) => number;
  readonly #usual: UsualMemory;
  readonly #tracks = new Map<string, Track>();
  readonly #holdDown = new HoldDown();
  readonly #judge = new Judge();
  #table = new ThresholdTable([], []);

  constructor({ wallMsAt, usual = () => null }: DetectorOptions) {
    this.#wallMsAt = wallMsAt;
    this.#usual = new UsualMemory((target, feature, atNs) => usual(target, feature, wallMsAt(atNs)));
  }

  /**
   * Puts new thresholds in force. What is open stays open while its target still has a threshold.
   * @param linkBitsPerSecond Capacity of the link; null where the policy does not say.
   */
  setThresholds(
    thresholds: readonly CompiledThreshold[],
    protect: readonly string[],
    linkBitsPerSecond: number | null = null,
  ): void {
    this.#table = new ThresholdTable(thresholds, protect);
    this.#judge.linkBitsPerSecond = linkBitsPerSecond;
    for (const [target, track] of this.#tracks) {
      const threshold = this.#table.for(target);
      if (threshold === null) this.#tracks.delete(target);
      else track.threshold = threshold;
    }
  }

  /** Looks at a window. `releaseAfterMs` is how long the target must stay quiet before the deviation closes. */
  observe(window: TargetWindow, releaseAfterMs: number): Observation {
    const track = this.#track(window);
    const threshold = track?.threshold ?? this.#table.for(window.target);
    if (threshold === null) return idle;
    const above = aboveCeiling(window, threshold);
    const excess = excessOf(window, threshold) ?? ceilingExcess(window, above);
    if (excess === null && track === undefined && !isFollowed(window, threshold)) return idle;
    const usual = this.#usual.of(window.target, window.atNs);
    const isShifted = this.#judge.follow(window, usual);
    const volume =
      excess === null
        ? null
        : volumeOf({ window, floors: threshold, excess, usualOf: usual.of, isShifted }, above);
    if (excess !== null && volume !== null) {
      const over = track ?? this.#begin(window, threshold);
      const seen = this.#over(window, { excess, above, volume }, over, usual);
      if (seen !== null) return seen;
    }
    if (track === undefined) return idle;
    return this.#below(window, track, releaseAfterMs, usual);
  }

  /** Takes up, after a restart, an excess that was open before. */
  resume(target: string, atNs: number): void {
    const threshold = this.#table.for(target);
    if (threshold === null || this.#tracks.has(target)) return;
    this.#tracks.set(target, { ...newTrack(threshold, atNs, atNs), isOpen: true, signsAtNs: atNs });
  }

  /** Undefined also where a surge was over before the target fell silent. */
  #track({ target, atNs }: TargetWindow): Track | undefined {
    const track = this.#tracks.get(target);
    if (track === undefined || track.isOpen || atNs - track.lastOverNs < surgeKeptNs) return track;
    this.#tracks.delete(target);
    return undefined;
  }

  #begin(window: TargetWindow, threshold: CompiledThreshold): Track {
    if (this.#tracks.size >= tracksMax) {
      // Surges of targets that fell silent; what is open has windows until it is closed.
      for (const [target, { isOpen }] of this.#tracks) if (!isOpen) this.#tracks.delete(target);
    }
    const track = newTrack(threshold, window.atNs - window.intervalMs * 1e6, onsetOf(window));
    this.#tracks.set(window.target, track);
    return track;
  }

  /** Null for one that is open, and has shown no sign for so long that its volume alone does not keep it open. */
  #over(window: TargetWindow, found: Found, track: Track, usual: UsualTraffic): Observation | null {
    const { target, atNs, intervalMs } = window;
    if (track.lastOverNs < atNs - 1.5 * intervalMs * 1e6) track.overSinceNs = atNs - intervalMs * 1e6;
    track.lastOverNs = atNs;
    const verdict = this.#judge.verdict(window, found.volume, track, usual);
    const isAbove = found.above.length > 0;
    if (isAbove || verdict.tier !== null || (track.isOpen && verdict.isHinted)) track.signsAtNs = atNs;
    if (!isFresh(track, atNs)) return track.isOpen ? null : this.#surge(window, found, track, verdict);
    track.quietSinceNs = null;
    const lasts = atNs - track.overSinceNs >= track.threshold.holdMs * 1e6;
    if (!track.isOpen && !lasts && !isAbove) return { phase: 'pending' };
    if (!track.isOpen) {
      track.doublings = this.#holdDown.open(target, atNs);
      track.openSinceNs = atNs;
      track.isOpen = true;
    }
    track.isTierB ||= isAbove || verdict.tier === 'B';
    const mayBeUsual = !track.isTierB && atNs - track.openSinceNs >= usualAfterNs && usual.rates() === null;
    return { phase: 'over', deviation: this.#deviation(window, found, track, verdict), mayBeUsual };
  }

  /** More than usual, and nothing else is unusual. */
  #surge(window: TargetWindow, found: Found, track: Track, verdict: Verdict): Observation {
    if (track.surge === null && window.atNs - track.overSinceNs < surgeAfterNs) return idle;
    track.surge = this.#deviation(window, found, track, verdict);
    return { phase: 'surge', deviation: track.surge };
  }

  #below(window: TargetWindow, track: Track, releaseAfterMs: number, usual: UsualTraffic): Observation {
    const { target, atNs, intervalMs } = window;
    if (!track.isOpen) {
      if (track.surge !== null) return { phase: 'surge', deviation: track.surge };
      this.#tracks.delete(target);
      return idle;
    }
    const { threshold, doublings } = track;
    if (isFresh(track, atNs) && isStillHigh(window, threshold, threshold.releaseRatio, usual.of)) {
      track.quietSinceNs = null;
      return { phase: 'held' };
    }
    track.quietSinceNs ??= atNs - intervalMs * 1e6;
    const quietMs = quietMsOf(releaseAfterMs, doublings);
    if (atNs - track.quietSinceNs < quietMs * 1e6) return { phase: 'quiet' };
    this.#tracks.delete(target);
    this.#holdDown.close(target, atNs, doublings, quietMs);
    return { phase: 'closed' };
  }

  #deviation(
    window: TargetWindow,
    { excess, above, volume }: Found,
    track: Track,
    verdict: Verdict,
  ): Deviation {
    const { target, packetsPerSecond, bitsPerSecond, intervalMs } = window;
    const { threshold, sinceNs, isTierB } = track;
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
    const { confidence } = verdict;
    const signals = verdict.signals.map(({ name, score, reason, value, usual }) => ({
      ...{ name, score, value, usual },
      reason: reason(),
    }));
    const tier = isTierB ? ('B' as const) : ('A' as const);
    return { target, tier, confidence, volume, signals, evidence, threshold: threshold.name, sinceNs };
  }
}

/** Whether a sign is young enough to count: of what is not open yet, only one of now. */
const isFresh = ({ isOpen, signsAtNs }: Track, atNs: number): boolean =>
  isOpen ? atNs - signsAtNs <= signsLastNs : signsAtNs === atNs;

function volumeOf(options: VolumeOptions, above: readonly CeilingExcess[]): VolumeFinding | null {
  const finding = volumeFinding(options);
  if (finding !== null || above.length === 0) return finding;
  const { metric, value, floor: limit } = options.excess;
  return { metric, scaleMs: options.window.intervalMs, value, limit, usual: null };
}
