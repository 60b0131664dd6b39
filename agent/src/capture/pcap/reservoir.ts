/**
 * Chooses samples: of every slice of time the same number, each packet as likely as any other, whatever the rate. So a
 * flood cannot crowd out its own beginning, and a sample's `rate` is exact: packets in the slice over samples kept.
 *
 * Bound: `samplesPerSecondMax`. Taking a sample copies at most 128 bytes and allocates nothing.
 */
import { sampleBytesMax, samplesWaitingMax, total, word, type CaptureMemory } from './memory.ts';

/** A slice, ms: the longest that a sample waits here. */
export const sliceMs = 20;

export class Reservoir {
  private readonly memory: CaptureMemory;
  private readonly keptMax: number;
  private readonly row: Int32Array;
  private readonly length: Int32Array;
  private readonly captured: Int32Array;
  private readonly atNs: Float64Array;
  private readonly data: Uint8Array;
  private readonly nowNs: () => number;
  private readonly state: Int32Array;
  private offered = 0;

  /** @param seed Any number but 0. */
  constructor(memory: CaptureMemory, samplesPerSecondMax: number, nowNs: () => number, seed: number) {
    this.memory = memory;
    this.keptMax = Math.max(1, Math.floor((samplesPerSecondMax * sliceMs) / 1000));
    this.row = new Int32Array(this.keptMax);
    this.length = new Int32Array(this.keptMax);
    this.captured = new Int32Array(this.keptMax);
    this.atNs = new Float64Array(this.keptMax);
    this.data = new Uint8Array(this.keptMax * sampleBytesMax);
    this.nowNs = nowNs;
    this.state = Int32Array.of(seed | 1);
  }

  /** A packet of `length` bytes whose captured bytes are `frame` from `at` to `end`. Algorithm R (Vitter, 1985). */
  offer(row: number, length: number, frame: Uint8Array, at: number, end: number): void {
    const place = this.offered++ < this.keptMax ? this.offered - 1 : this.random() % this.offered;
    if (place >= this.keptMax) return;
    const bytes = Math.min(end - at, sampleBytesMax);
    const from = place * sampleBytesMax;
    for (let index = 0; index < bytes; index++) this.data[from + index] = frame[at + index]!;
    this.row[place] = row;
    this.length[place] = length;
    this.captured[place] = bytes;
    this.atNs[place] = this.nowNs();
  }

  /** Ends the slice: hands its samples to the reader, as far as there is room. */
  endSlice(): void {
    const { words, totals, samples } = this.memory;
    const kept = Math.min(this.offered, this.keptMax);
    const written = words[word.samplesWritten]!;
    const waiting = (written - Atomics.load(words, word.samplesRead)) | 0;
    const room = Math.min(kept, samplesWaitingMax - waiting);
    for (let place = 0; place < room; place++) {
      const slot = (written + place) & (samplesWaitingMax - 1);
      const from = place * sampleBytesMax;
      samples.data.set(this.data.subarray(from, from + sampleBytesMax), slot * sampleBytesMax);
      samples.row[slot] = this.row[place]!;
      samples.length[slot] = this.length[place]!;
      samples.captured[slot] = this.captured[place]!;
      samples.atNs[slot] = this.atNs[place]!;
      samples.rate[slot] = this.offered / kept;
    }
    totals[total.lostSamples] = totals[total.lostSamples]! + kept - room;
    Atomics.store(words, word.samplesWritten, (written + room) | 0);
    this.offered = 0;
  }

  /** xorshift32 (Marsaglia, 2003): which packet is kept needs no secrecy. */
  private random(): number {
    let next = this.state[0]!;
    next ^= next << 13;
    next ^= next >>> 17;
    next ^= next << 5;
    this.state[0] = next;
    return next >>> 0;
  }
}
