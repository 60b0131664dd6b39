/** One target's rates, samples and history; at the same time the view of it that the next stages get. */
import { counter, counterNames } from '../types.ts';
import type { Sample, TargetWindow } from '../types.ts';
import { History } from './history.ts';
import { SampleQueue } from './sample-queue.ts';
import { readingsKept } from './timeline.ts';
import type { Timeline } from './timeline.ts';

const samplesMax = 512;
/** How many samples of one window may become quiet samples, until there are as many as are kept. */
const candidatesPerWindow = 4;
/** Then they are replaced one by one, so that they reach back eight minutes: a slow ramp is then mostly not in them. */
const quietEveryNs = 1e9;
/** Traffic counts as quiet once nothing happened for this long before and after it. */
const quietAfterNs = 1e9;
const candidatesMax = candidatesPerWindow * readingsKept;

const nothing = new Float64Array(counterNames.length);

export class TargetState implements TargetWindow {
  readonly target: string;
  readonly #timeline: Timeline;
  readonly #packets = new Float64Array(readingsKept);
  readonly #bytes = new Float64Array(readingsKept);
  readonly #recent = new SampleQueue(samplesMax);
  readonly #candidates = new SampleQueue(candidatesMax);
  readonly #quiet = new SampleQueue(samplesMax);
  #arrived = 0;
  #arrivedLast = 0;
  #arrivedTick = 0;
  #disturbedAtNs = -Infinity;
  #promotedAtNs = -Infinity;
  counts: Float64Array = nothing;
  lastTick = 0;
  lastActiveNs = 0;
  readonly history: History;

  constructor(target: string, timeline: Timeline) {
    this.target = target;
    this.#timeline = timeline;
    this.history = new History(timeline);
  }

  get quietPacketsPerSecond(): number | null {
    return this.history.quietPacketsPerSecond;
  }

  get atNs(): number {
    return this.#timeline.atNs;
  }

  get intervalMs(): number {
    return this.#timeline.windowMs;
  }

  get packetsPerSecond(): number {
    return (this.#sum(this.#packets, this.#timeline.windowReadings) * 1000) / this.#timeline.windowMs;
  }

  get bitsPerSecond(): number {
    return (this.#sum(this.#bytes, this.#timeline.windowReadings) * 8000) / this.#timeline.windowMs;
  }

  /** Over about a second. */
  get secondPacketsPerSecond(): number {
    return (this.#sum(this.#packets, this.#timeline.secondReadings) * 1000) / this.#timeline.secondMs;
  }

  get recentSamples(): readonly Sample[] {
    return this.#recent.newest();
  }

  get quietSamples(): readonly Sample[] {
    return this.#quiet.newest();
  }

  get isDisturbed(): boolean {
    return this.atNs - this.#disturbedAtNs < quietAfterNs;
  }

  /** Takes the counts of this tick; null where the target received nothing. */
  count(counts: Float64Array | null): void {
    const { tick } = this.#timeline;
    // Ticks in which the target did not appear counted nothing.
    for (let missed = Math.max(this.lastTick + 1, tick - readingsKept + 1); missed < tick; missed++)
      this.#store(missed, 0, 0);
    this.lastTick = tick;
    this.counts = counts ?? nothing;
    this.#store(tick, this.counts[counter.packets]!, this.counts[counter.bytes]!);
    if (counts === null) return;
    this.lastActiveNs = this.#timeline.atNs;
    this.history.add(counts, this.packetsPerSecond, this.bitsPerSecond);
  }

  /** Closes the second that the last reading closed. */
  closeSecond(): void {
    this.history.close(!this.isDisturbed);
  }

  addSample(sample: Sample): void {
    this.#recent.push(sample);
    this.#arrived += 1;
  }

  /** Samples of this tick, as far as they are kept. */
  arrivals(): readonly Sample[] {
    return this.#arrivedTick === this.#timeline.tick ? this.#recent.newest(this.#arrivedLast) : [];
  }

  /** Called after the last sample of a tick: some of them wait to be found quiet. */
  endOfTick(quietRoom: number): void {
    const arrived = Math.min(this.#arrived, this.#recent.size);
    this.#arrived = 0;
    this.#arrivedLast = arrived;
    this.#arrivedTick = this.#timeline.tick;
    if (this.isDisturbed) return;
    this.#promote(quietRoom);
    const chosen = Math.min(arrived, candidatesPerWindow);
    const first = this.#recent.size - arrived;
    for (let index = 0; index < chosen; index++) {
      // Evenly spread: the first packets of a window are sampled more densely than the rest.
      const sample = this.#recent.at(first + Math.floor(((index + 0.5) * arrived) / chosen));
      if (sample !== undefined) this.#candidates.push(sample);
    }
  }

  /** Something is going on: what was waiting is not quiet traffic, and neither is what comes now. */
  disturb(): void {
    this.#disturbedAtNs = this.#timeline.atNs;
    this.history.disturb();
    this.#candidates.clear();
  }

  /** About once a second: forgets what is old. */
  sweep(quietRoom: number): void {
    this.#recent.shiftOlderThan(this.atNs - 1e9);
    while (this.#quiet.size > quietRoom) this.#quiet.shift();
  }

  #promote(quietRoom: number): void {
    const atNs = this.atNs - quietAfterNs;
    for (
      let next = this.#candidates.at(0);
      next !== undefined && next.atNs <= atNs;
      next = this.#candidates.at(0)
    ) {
      this.#candidates.shift();
      if (
        this.#quiet.size >= Math.min(samplesMax, quietRoom) &&
        next.atNs - this.#promotedAtNs < quietEveryNs
      )
        continue;
      this.#promotedAtNs = next.atNs;
      this.#quiet.push(next);
    }
    while (this.#quiet.size > quietRoom) this.#quiet.shift();
  }

  #store(tick: number, packets: number, bytes: number): void {
    this.#packets[tick % readingsKept] = packets;
    this.#bytes[tick % readingsKept] = bytes;
  }

  #sum(ring: Float64Array, readings: number): number {
    const { tick } = this.#timeline;
    let sum = 0;
    for (let back = 0; back < readings; back++) {
      // What lies behind the target's last tick was not written yet, and was nothing.
      if (tick - back <= this.lastTick) sum += ring[(tick - back) % readingsKept]!;
    }
    return sum;
  }
}
