/**
 * History: what a target received in the last second, ten seconds and minute, of every counter that a volume or a ratio
 * is made of.
 *
 * Promises: sums are of whole readings over the time that they really took; 1.7 KB a target (18 rows of 24 numbers of 4
 * bytes: a second that fills, ten closed ones, six tens, the quiet mean), and a handful of additions a tick; the sums
 * themselves are made only when somebody asks.
 */
import type { Peak } from '../features.ts';
import { counter, counterNames } from '../types.ts';
import type { CounterName, HostReading, ScaleWindow, TargetHistory } from '../types.ts';
import { secondsKept, tensKept } from './timeline.ts';
import type { Timeline } from './timeline.ts';

const keptNames: readonly CounterName[] = [
  ...(['packets', 'bytes', 'tcpPackets', 'udpPackets', 'icmpPackets', 'otherPackets', 'fragments'] as const),
  ...(['tcpSyn', 'tcpSynAck', 'tcpAck', 'tcpRst', 'tcpFin', 'tcpInvalid'] as const),
  ...(['udpAmplifierPackets', 'udpAmplifierBytes', 'udpDnsPackets', 'udpDnsBytes'] as const),
  ...(['outPackets', 'outTcpSynAck', 'outTcpRst', 'outIcmpUnreachable'] as const),
  ...(['indicatorPackets', 'sourcesSampled', 'sourcesNew'] as const),
];
const kept = Uint8Array.from(keptNames, (name) => counter[name]);
const width = kept.length;
const seconds = width;
const tens = seconds + secondsKept * width;
const quiet = tens + tensKept * width;
const cells = quiet + width;

/** After so many empty seconds every row is zero, and stays so. */
const emptyAfter = secondsKept * tensKept + secondsKept;
/** Weight of the newest second in the quiet mean. */
const quietGain = 0.1;

export class History implements TargetHistory {
  readonly #timeline: Timeline;
  readonly #cells = new Float32Array(cells);
  #emptySeconds = emptyAfter;
  #hasTraffic = false;
  #peakPackets = 0;
  #peakBits = 0;
  #lastPeak: Peak = { packetsPerSecond: 0, bitsPerSecond: 0 };
  #hasStaged = false;
  #knowsQuiet = false;
  #scales: readonly ScaleWindow[] | null = null;
  #quietPerSecond: Float64Array | null = null;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get second(): number {
    return this.#timeline.seconds;
  }

  get host(): HostReading | null {
    return this.#timeline.host;
  }

  /** Highest rates of the second that was closed last, over one reading each. */
  get lastPeak(): Peak {
    return this.#lastPeak;
  }

  /** Whether the second that was closed last, or the ones before that a window reaches back to, had traffic. */
  get isEmpty(): boolean {
    return this.#emptySeconds >= emptyAfter;
  }

  get scales(): readonly ScaleWindow[] {
    this.#scales ??= ([1000, 10_000, 60_000] as const).map((scaleMs) => this.scale(scaleMs));
    return this.#scales;
  }

  get quietPacketsPerSecond(): number | null {
    return this.#knowsQuiet ? this.#cells[quiet]! : null;
  }

  get quietPerSecond(): Float64Array | null {
    if (!this.#knowsQuiet) return null;
    return (this.#quietPerSecond ??= this.#expand(quiet, 1));
  }

  /** Takes the counts of a reading, and the rates of the window that ends with it. */
  add(counts: Float64Array, packetsPerSecond: number, bitsPerSecond: number): void {
    const all = this.#cells;
    for (let column = 0; column < width; column++) all[column] = all[column]! + counts[kept[column]!]!;
    this.#hasTraffic = true;
    if (packetsPerSecond > this.#peakPackets) this.#peakPackets = packetsPerSecond;
    if (bitsPerSecond > this.#peakBits) this.#peakBits = bitsPerSecond;
  }

  /** Closes a second, with the reading that the timeline closed it with. `isQuiet`: nothing happened in it. */
  close(isQuiet: boolean): void {
    if (this.#emptySeconds >= emptyAfter && !this.#hasTraffic) return;
    const { closesTen, secondsInTen, tens: ten } = this.#timeline;
    this.#scales = null;
    this.#learnQuiet(isQuiet);
    this.#emptySeconds = this.#hasTraffic ? 0 : this.#emptySeconds + 1;
    this.#hasTraffic = false;
    const all = this.#cells;
    all.copyWithin(this.#secondAt(0), 0, width);
    all.fill(0, 0, width);
    this.#lastPeak = { packetsPerSecond: this.#peakPackets, bitsPerSecond: this.#peakBits };
    this.#peakPackets = 0;
    this.#peakBits = 0;
    if (!closesTen) return;
    const at = tens + (ten % tensKept) * width;
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let back = 0; back < secondsInTen; back++) sum += all[this.#secondAt(back) + column]!;
      all[at + column] = sum;
    }
  }

  /** Something is going on: neither this second nor the one before is quiet. */
  disturb(): void {
    this.#hasStaged = false;
  }

  /** A window that ends with the second that was closed last. */
  scale(scaleMs: ScaleWindow['scaleMs']): ScaleWindow {
    const { lastSecondMs, tens: ten } = this.#timeline;
    if (scaleMs === 1000)
      return { scaleMs, intervalMs: Math.max(1, lastSecondMs), counts: this.#expand(this.#secondAt(0), 1) };
    const counts = new Float64Array(counterNames.length);
    const [count, ms] = scaleMs === 10_000 ? this.#timeline.lastTen() : this.#timeline.lastMinute();
    for (let back = 0; back < count; back++) {
      const at = scaleMs === 10_000 ? this.#secondAt(back) : tens + ((ten - back) % tensKept) * width;
      for (let column = 0; column < width; column++) {
        const index = kept[column]!;
        counts[index] = counts[index]! + this.#cells[at + column]!;
      }
    }
    return { scaleMs, intervalMs: Math.max(1, ms), counts };
  }

  #secondAt(back: number): number {
    return seconds + ((this.#timeline.seconds - back) % secondsKept) * width;
  }

  /** The second before the one that is closed now, once that one was quiet too. */
  #learnQuiet(isQuiet: boolean): void {
    const all = this.#cells;
    if (isQuiet && this.#hasStaged) {
      const at = this.#secondAt(1);
      const perSecond = 1000 / Math.max(1, this.#timeline.secondMsBefore);
      const gain = this.#knowsQuiet ? quietGain : 1;
      for (let column = 0; column < width; column++) {
        const before = all[quiet + column]!;
        all[quiet + column] = before + gain * (all[at + column]! * perSecond - before);
      }
      this.#knowsQuiet = true;
      this.#quietPerSecond = null;
    }
    this.#hasStaged = isQuiet;
  }

  #expand(at: number, factor: number): Float64Array {
    const counts = new Float64Array(counterNames.length);
    for (let column = 0; column < width; column++) counts[kept[column]!] = this.#cells[at + column]! * factor;
    return counts;
  }
}
