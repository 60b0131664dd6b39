/**
 * Traffic from a file, be it a recording or a packet capture: bytes in, windows out.
 *
 * Promises: memory does not grow with the file; a recording that is wrong anywhere is an error TG1014 with its line; a
 * capture that is cut off or damaged gives what comes before that place, and says so.
 */
import { TidegateError } from '@tidegate/schemas';
import { CaptureReader, ipLocator } from '../capture-file/index.ts';
import type { Frame, IpLocator } from '../capture-file/index.ts';
import { RecordingReader } from '../recording/index.ts';
import type { RecordedWindow, WindowLabels } from '../recording/index.ts';
import type { Reading } from '../types.ts';
import { PacketWindows } from './packets.ts';

export interface TrafficSink {
  /** Before the first window. @param startedAtMs Wall time of the start, ms since the epoch. */
  begin(startedAtMs: number): void;
  /** Asked before each window of a capture: whether its sources become known, as they do while no incident is open. */
  isLearning(): boolean;
  window(reading: Reading, labels: WindowLabels | undefined): void;
}

export interface TrafficFacts {
  readonly kind: 'recording' | 'pcap';
  /** Windows that the agent says are missing. */
  readonly windowsLost: number;
  /** Why the traffic ended before its time; null where it did not. */
  readonly cut: string | null;
}

interface Source {
  push(bytes: Uint8Array): void;
  end(cut: string | null): TrafficFacts;
}

export interface TrafficOptions {
  /** What messages call it, such as its path. */
  readonly name: string;
  /** Protected prefixes: in a capture they say who is a target. */
  readonly protect: readonly string[];
  readonly sink: TrafficSink;
  /** @default whichever it is by its first byte */
  readonly kind?: TrafficFacts['kind'];
}

const openBrace = 0x7b;

export class TrafficReader {
  readonly #options: TrafficOptions;
  #source: Source | null = null;

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  /** Takes the next bytes, unpacked; they are not kept. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#source ??= this.#open(bytes[0] === openBrace ? 'recording' : 'pcap');
    this.#source.push(bytes);
  }

  /** @param cut Why there are no more bytes, where there should be; null at the end of the file. */
  end(cut: string | null = null): TrafficFacts {
    this.#source ??= this.#open('recording');
    return this.#source.end(cut);
  }

  #open(found: TrafficFacts['kind']): Source {
    const kind = this.#options.kind ?? found;
    return kind === 'recording' ? new RecordedTraffic(this.#options) : new CapturedTraffic(this.#options);
  }
}

class RecordedTraffic implements Source {
  readonly #sink: TrafficSink;
  readonly #reader: RecordingReader;
  readonly #name: string;
  #hasBegun = false;

  constructor({ name, sink }: TrafficOptions) {
    this.#name = name;
    this.#sink = sink;
    this.#reader = new RecordingReader(name);
  }

  push(bytes: Uint8Array): void {
    this.#pass(this.#reader.push(bytes));
  }

  end(cut: string | null): TrafficFacts {
    if (cut !== null)
      throw new TidegateError(
        'TG1014',
        `${this.#name}:${this.#reader.lines + 1}: ${cut}; the recording is not whole`,
      );
    this.#pass(this.#reader.end());
    if (!this.#hasBegun) this.#begin();
    return { kind: 'recording', windowsLost: this.#reader.trailer?.windowsLost ?? 0, cut: null };
  }

  #pass(windows: Iterable<RecordedWindow>): void {
    for (const { reading, labels } of windows) {
      if (!this.#hasBegun) this.#begin();
      this.#sink.window(reading, labels);
    }
  }

  #begin(): void {
    this.#hasBegun = true;
    this.#sink.begin(Date.parse(this.#reader.header?.startedAt ?? ''));
  }
}

class CapturedTraffic implements Source {
  readonly #options: TrafficOptions;
  readonly #reader: CaptureReader;
  #windows: PacketWindows | null = null;
  #linkType = -1;
  #locate: IpLocator | null = null;
  #unreadable: number | null = null;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#reader = new CaptureReader({
      frame: (frame) => {
        this.#take(frame);
      },
      comment: () => undefined,
    });
  }

  push(bytes: Uint8Array): void {
    try {
      this.#reader.push(bytes);
    } catch (error) {
      throw this.#named(error);
    }
  }

  end(cut: string | null): TrafficFacts {
    const damage = this.#facts().damage;
    const unreadable =
      this.#unreadable === null ? null : `frames of link type ${this.#unreadable} were left out`;
    this.#begun().end();
    return { kind: 'pcap', windowsLost: 0, cut: cut ?? damage?.reason ?? unreadable };
  }

  #facts() {
    try {
      return this.#reader.end();
    } catch (error) {
      throw this.#named(error);
    }
  }

  #named(error: unknown): unknown {
    if (!(error instanceof TidegateError) || error.code !== 'TG5006') return error;
    return new TidegateError('TG5006', `${this.#options.name}: ${error.message}`, { cause: error });
  }

  #take({ bytes, from, to, atNs, linkType }: Frame): void {
    if (linkType !== this.#linkType) {
      this.#linkType = linkType;
      this.#locate = ipLocator(linkType);
      if (this.#locate === null) this.#unreadable = linkType;
    }
    const at = this.#locate === null ? -1 : this.#locate(bytes, from, to);
    if (at >= 0) this.#begun().add(bytes.subarray(at, to), Math.max(0, atNs));
  }

  #begun(): PacketWindows {
    if (this.#windows !== null) return this.#windows;
    const { protect, sink } = this.#options;
    const { startedAtNs } = this.#reader;
    sink.begin(startedAtNs === null ? 0 : Number(startedAtNs / 1_000_000n));
    this.#windows = new PacketWindows({
      protect,
      isLearning: () => sink.isLearning(),
      onWindow: (reading) => {
        sink.window(reading, undefined);
      },
    });
    return this.#windows;
  }
}
