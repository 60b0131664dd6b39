/**
 * Writes what the capture sees as a recording, while somebody asks for it.
 *
 * Promises: the tick only copies (0.3 ms for 4096 targets); lines are made in slices of 2 ms between ticks, and no faster
 * than they are taken; windows that have no room to wait are counted and left out; the last line says how many. It never
 * gives out more than `bytesMax`.
 */
import { recordedPieces, recordingHeader } from '../../engine/recording/index.ts';
import type { RecordingEnd } from '../../engine/recording/index.ts';
import { counterNames } from '../../engine/types.ts';
import type { Reading, Sample } from '../../engine/types.ts';
import type { Anonymiser } from './anonymiser.ts';

export interface RecordingTaker {
  write(text: string): void;
  /** Bytes that were written and are still on their way. */
  readonly pendingBytes: number;
  /** Called once, behind the last line. */
  end(): void;
}

export interface RecorderOptions {
  readonly node: string;
  readonly protect: readonly string[];
  /** Wall time now, ms since the epoch. */
  readonly wallMs: number;
  readonly durationMs: number;
  readonly bytesMax: number;
  /** Of the samples of a window at most so many are kept, evenly spread; each then stands for more packets. */
  readonly samplesPerWindow: number;
  /** Replaces sources; null to leave them as they are. */
  readonly anonymiser: Anonymiser | null;
  readonly taker: RecordingTaker;
}

/** Nominal length of a window, ms: that of a tick. */
const windowMs = 100;
/** Windows that wait to be written: two seconds of them, or 32 MiB of counters. */
const waitingMax = 20;
const waitingBytesMax = 32 * 1024 * 1024;
/** No more is written while so much is on its way. */
const pendingBytesMax = 1024 * 1024;
const sliceMs = 2;
/** A taker that is busy is asked again after this time, ms. */
const busyMs = 20;
/** Room that is kept for the last line. */
const endBytes = 256;

interface Waiting {
  readonly reading: Reading;
  readonly bytes: number;
}

export class Recorder {
  readonly #options: RecorderOptions;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** The line that is being made: what is still to come of it, and what is there. */
  #pieces: Iterator<string> | null = null;
  #line = '';
  #writtenBytes = 0;
  #startNs: number | null = null;
  #windows = 0;
  #windowsLost = 0;
  #ending: RecordingEnd['reason'] | null = null;
  #isOver = false;
  #next: NodeJS.Immediate | NodeJS.Timeout | null = null;

  constructor(options: RecorderOptions) {
    this.#options = options;
    const { node, protect, wallMs, anonymiser } = options;
    const startedAt = new Date(wallMs).toISOString();
    const header = { node, protect, startedAt, windowMs, isAnonymised: anonymiser !== null };
    this.#put(`${JSON.stringify(recordingHeader(header))}\n`);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** A reading of the capture, on the thread of the ticks. */
  take(reading: Reading): void {
    if (this.#ending !== null) return;
    this.#startNs ??= reading.atNs - reading.intervalNs;
    const bytes = reading.targets.length * counterNames.length * 8 + reading.samples.length * 128;
    const hasRoom = this.#waiting.length < waitingMax && this.#waitingBytes + bytes <= waitingBytesMax;
    if (hasRoom) {
      this.#waiting.push({ reading: this.#copied(reading, this.#startNs), bytes });
      this.#waitingBytes += bytes;
    } else this.#windowsLost += 1;
    if (reading.atNs - this.#startNs >= this.#options.durationMs * 1e6) this.stop('duration');
    this.#schedule();
  }

  /** What was taken is still written. */
  stop(reason: RecordingEnd['reason']): void {
    this.#ending ??= reason;
    this.#schedule();
  }

  /** Nobody takes it any more. */
  cancel(): void {
    this.#isOver = true;
    this.#ending ??= 'stopped';
    this.#waiting = [];
    if (this.#next !== null) clearNext(this.#next);
    this.#next = null;
  }

  #copied(reading: Reading, startNs: number): Reading {
    const width = counterNames.length;
    const rows = new Float64Array(reading.targets.length * width);
    const targets = reading.targets.map(({ target, counts }, index) => {
      rows.set(counts, index * width);
      return { target, counts: rows.subarray(index * width, (index + 1) * width) };
    });
    const samples = thinned(reading.samples, this.#options.samplesPerWindow).map((sample) => ({
      ...sample,
      atNs: Math.max(0, sample.atNs - startNs),
      data: sample.data.slice(),
    }));
    return { ...reading, atNs: reading.atNs - startNs, targets, samples };
  }

  #schedule(isBusy = false): void {
    if (this.#next !== null || this.#isOver) return;
    const run = (): void => {
      this.#next = null;
      this.#slice();
    };
    this.#next = isBusy ? setTimeout(run, busyMs) : setImmediate(run);
  }

  /** Works for a moment, and comes back where something is left. */
  #slice(): void {
    const untilMs = performance.now() + sliceMs;
    const { taker } = this.#options;
    while (!this.#isOver && taker.pendingBytes <= pendingBytesMax) {
      if (!this.#step()) return;
      if (performance.now() >= untilMs) break;
    }
    this.#schedule(taker.pendingBytes > pendingBytesMax);
  }

  /** One piece of a line, or one line; false where nothing is left to do for now. */
  #step(): boolean {
    if (this.#pieces === null) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        if (this.#ending !== null) this.#finish(this.#ending);
        return false;
      }
      this.#waitingBytes -= next.bytes;
      this.#pieces = recordedPieces(this.#hidden(next.reading));
      this.#line = '';
    }
    const piece = this.#pieces.next();
    if (piece.done !== true) {
      this.#line += piece.value;
      return true;
    }
    this.#pieces = null;
    this.#putWindow(`${this.#line}\n`);
    return true;
  }

  #hidden(reading: Reading): Reading {
    const { anonymiser } = this.#options;
    if (anonymiser === null) return reading;
    return { ...reading, samples: reading.samples.map((sample) => anonymiser.hide(sample)) };
  }

  /** The lines are ASCII: a character is a byte. */
  #putWindow(line: string): void {
    if (this.#writtenBytes + line.length + endBytes > this.#options.bytesMax) {
      this.#windowsLost += 1 + this.#waiting.length;
      this.#waiting = [];
      this.#ending = 'size';
      return;
    }
    this.#windows += 1;
    this.#put(line);
  }

  #put(text: string): void {
    this.#writtenBytes += text.length;
    this.#options.taker.write(text);
  }

  #finish(reason: RecordingEnd['reason']): void {
    const [windows, windowsLost] = [this.#windows, this.#windowsLost];
    const end: RecordingEnd = { schema: 'tidegate/recording-end/v1', windows, windowsLost, reason };
    this.#put(`${JSON.stringify(end)}\n`);
    this.#isOver = true;
    this.#options.taker.end();
  }
}

/** Evenly spread, each standing for those that were left out as well. */
function thinned(samples: readonly Sample[], max: number): readonly Sample[] {
  if (samples.length <= max) return samples;
  const step = samples.length / Math.max(1, max);
  return Array.from({ length: max }, (_, index) => {
    const sample = samples[Math.floor((index + 0.5) * step)]!;
    return { ...sample, rate: Math.max(1, Math.round(sample.rate * step)) };
  });
}

function clearNext(next: NodeJS.Immediate | NodeJS.Timeout): void {
  clearImmediate(next as NodeJS.Immediate);
  clearTimeout(next as NodeJS.Timeout);
}
