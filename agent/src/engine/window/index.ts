/**
 * Window: from readings of the capture to one window per target, with its last second, ten seconds and minute beside it,
 * and to one for each protected prefix.
 *
 * ```ts
 * for (const window of windows.fold(reading)) …            // addresses; windows.disturb(window.target) where one is in trouble
 * for (const window of windows.prefixes()) …               // then prefixes, without those addresses
 * windows.observations((target, feature, value) => …);     // then what the baseline learns
 * ```
 * Promises: rates are over the time that really passed, at least about 100 ms of it, so that a late tick covers its
 * interval and an early one exaggerates nothing; samples become "quiet" only once nothing happened for a second
 * before and after them, so that an attack never passes for legitimate traffic; memory is bounded: beside samples some
 * 3.4 KB a target (1.9 KB of them counters), 4096 targets and 256 parts of prefixes.
 */
import type { Reading, TargetWindow } from '../types.ts';
import { Lessons } from './lessons.ts';
import type { TakeLesson } from './lessons.ts';
import { MemberState, Prefixes } from './prefixes.ts';
import { Timeline } from './timeline.ts';

export interface WindowOptions {
  /** Targets that are remembered; while there are more, new ones wait. @default 4096 */
  readonly targetsMax?: number;
}

/** Quiet samples of all targets together, some 7 MB; each target may keep its share, but never more than 512. */
const quietSamplesMax = 16_384;
/** A target without traffic keeps its memory of quiet traffic this long, while there is room. */
const idleNs = 600e9;
const idleWhenFullNs = 1e9;
const sweepSlices = 10;

export class Windows {
  readonly #targetsMax: number;
  readonly #timeline = new Timeline();
  readonly #states = new Map<string, MemberState>();
  readonly #prefixes = new Prefixes(this.#timeline);
  readonly #lessons = new Lessons();
  /** Addresses with a window in this tick. */
  #active: MemberState[] = [];
  #prefixesAreOpen = false;
  /** Targets something is going on with: they get a window also when they receive nothing. */
  readonly #disturbed = new Set<MemberState>();
  #sweeping: Iterator<MemberState> = this.#states.values();
  /** Targets of the last reading that found no room. */
  untrackedTargets = 0;

  constructor({ targetsMax = 4096 }: WindowOptions = {}) {
    this.#targetsMax = targetsMax;
  }

  /** Puts prefixes in force whose addresses are also looked at together. */
  protect(cidrs: readonly string[]): void {
    this.#prefixes.protect(cidrs);
    for (const state of this.#states.values()) state.groups = this.#prefixes.join(state.target);
  }

  /** The windows of this tick: of targets that received something or are disturbed. Valid until the next call. */
  fold(reading: Reading): readonly TargetWindow[] {
    this.#closePrefixes();
    this.#timeline.advance(reading.atNs, reading.intervalNs, reading.host);
    this.untrackedTargets = 0;
    const active: MemberState[] = [];
    for (const { target, counts } of reading.targets) {
      const state = this.#states.get(target) ?? this.#track(target);
      if (state === null) continue;
      state.count(counts);
      active.push(state);
    }
    this.#takeSamples(reading);
    for (const state of this.#disturbed) {
      if (state.lastTick !== this.#timeline.tick) {
        state.count(null);
        active.push(state);
      }
      if (!state.isDisturbed) this.#disturbed.delete(state);
    }
    this.#sweep();
    if (this.#timeline.closesSecond) for (const state of this.#states.values()) state.closeSecond();
    this.#prefixesAreOpen = this.#timeline.closesSecond;
    this.#active = active;
    return active;
  }

  /**
   * The windows of prefixes in this tick, narrower ones first: what their addresses received, without those that are
   * disturbed. Take each only when the one before was judged; valid until the next `fold`.
   */
  prefixes(): Iterable<TargetWindow> {
    return this.#prefixes.windows(this.#active, this.#quietRoom());
  }

  /** What the baseline is to learn: of every window of a second, ten or sixty once, a share of them in each tick. */
  observations(take: TakeLesson): void {
    this.#closePrefixes();
    this.#lessons.tell(this.#timeline, take);
  }

  /** Says that something is going on with a target in this tick. */
  disturb(target: string): void {
    const state = this.#states.get(target);
    if (state !== undefined) this.#disturbed.add(state);
    (state ?? this.#prefixes.state(target))?.disturb();
  }

  /** Remembers a target, after a restart, that something was going on with. */
  watch(target: string): void {
    if (target.includes('/')) this.#prefixes.watch(target);
    else if (!this.#states.has(target)) this.#track(target);
    this.disturb(target);
  }

  /** Packets/s to a target over about the last second; 0 where it is not known. */
  packetsPerSecond(target: string): number {
    return (this.#states.get(target) ?? this.#prefixes.state(target))?.secondPacketsPerSecond ?? 0;
  }

  #track(target: string): MemberState | null {
    if (this.#states.size >= this.#targetsMax) {
      this.untrackedTargets += 1;
      return null;
    }
    const state = new MemberState(target, this.#timeline);
    state.groups = this.#prefixes.join(target);
    this.#states.set(target, state);
    return state;
  }

  #takeSamples(reading: Reading): void {
    const touched = new Set<MemberState>();
    for (const sample of reading.samples) {
      const state = this.#states.get(sample.target);
      if (state === undefined) continue;
      // The source uses its buffer again with the next reading.
      state.addSample({ ...sample, data: sample.data.slice() });
      touched.add(state);
    }
    const room = this.#quietRoom();
    for (const state of touched) state.endOfTick(room);
  }

  /** Prefixes count later than addresses, and so does their second end. */
  #closePrefixes(): void {
    if (!this.#prefixesAreOpen) return;
    this.#prefixesAreOpen = false;
    for (const state of this.#prefixes.states()) {
      state.closeSecond();
      state.sweep(this.#quietRoom());
    }
    this.#lessons.begin([...this.#states.values(), ...this.#prefixes.states()], this.#timeline);
  }

  #quietRoom(): number {
    return Math.floor(quietSamplesMax / Math.max(1, this.#states.size));
  }

  /** Every target has its turn about once a second, a tenth of them in each tick. */
  #sweep(): void {
    const isFull = this.#states.size >= this.#targetsMax;
    const oldestNs = this.#timeline.atNs - (isFull ? idleWhenFullNs : idleNs);
    const room = this.#quietRoom();
    for (let turn = Math.ceil(this.#states.size / sweepSlices); turn > 0; turn--) {
      const next = this.#sweeping.next();
      if (next.done === true) {
        this.#sweeping = this.#states.values();
        return;
      }
      const state = next.value;
      state.sweep(room);
      if (state.isDisturbed || state.lastActiveNs >= oldestNs) continue;
      this.#states.delete(state.target);
      this.#prefixes.leave(state.groups);
    }
  }
}
