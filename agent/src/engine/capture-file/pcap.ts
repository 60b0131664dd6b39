/**
 * The classic format of libpcap and tcpdump (draft-ietf-opsawg-pcap): a header of 24 bytes, then frames, each behind
 * its own header. Both byte orders, microseconds and nanoseconds, and the variant of A. Kuznetzov with 8 bytes more
 * for each frame.
 */
import { frameBytesMax } from './frame.ts';
import type { CaptureSink, FileMemory, FormatReader, Frame } from './frame.ts';

const headerBytes = 24;

interface Variant {
  readonly nsPerUnit: number;
  readonly recordBytes: number;
}

const variants: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2_c3d4, { nsPerUnit: 1000, recordBytes: 16 }],
  [0xa1b2_3c4d, { nsPerUnit: 1, recordBytes: 16 }],
  [0xa1b2_cd34, { nsPerUnit: 1000, recordBytes: 24 }],
]);

/** The upper bits of the field say how long a frame check sequence is. */
const linkTypeMask = 0x03ff_ffff;

export class PcapReader implements FormatReader {
  readonly format = 'pcap';
  readonly #sink: CaptureSink;
  readonly #isLittle: boolean;
  readonly #nsPerUnit: number;
  readonly #recordBytes: number;
  readonly #frame: Frame;
  #isBehindHeader = false;
  #firstSeconds = 0;
  #firstUnits = 0;
  frames = 0;
  problem: string | null = null;

  /** A reader for the file that begins in this memory, at least its header; null where it is of another format. */
  static of(memory: FileMemory, sink: CaptureSink): PcapReader | null {
    for (const isLittle of [true, false]) {
      const variant = variants.get(memory.view.getUint32(0, isLittle));
      if (variant !== undefined) return new PcapReader(memory, sink, isLittle, variant);
    }
    return null;
  }

  private constructor({ bytes, view }: FileMemory, sink: CaptureSink, isLittle: boolean, variant: Variant) {
    this.#sink = sink;
    this.#isLittle = isLittle;
    this.#nsPerUnit = variant.nsPerUnit;
    this.#recordBytes = variant.recordBytes;
    const linkType = (view.getUint32(20, isLittle) & linkTypeMask) >>> 0;
    this.#frame = { bytes, from: 0, to: 0, originalBytes: 0, atNs: 0, linkType };
  }

  get startedAtNs(): bigint | null {
    if (this.frames === 0) return null;
    return BigInt(this.#firstSeconds) * 1_000_000_000n + BigInt(this.#firstUnits * this.#nsPerUnit);
  }

  read({ view }: FileMemory, at: number, end: number): number {
    const isLittle = this.#isLittle;
    const recordBytes = this.#recordBytes;
    const frame = this.#frame;
    let next = at;
    if (!this.#isBehindHeader) {
      next += headerBytes;
      this.#isBehindHeader = true;
    }
    while (next + recordBytes <= end) {
      const captured = view.getUint32(next + 8, isLittle);
      if (captured > frameBytesMax) {
        this.problem = `a record says that it holds ${captured} bytes of a frame, and ${frameBytesMax} is the most`;
        return next;
      }
      const from = next + recordBytes;
      if (from + captured > end) return next;
      this.#setTime(view.getUint32(next, isLittle), view.getUint32(next + 4, isLittle));
      frame.from = from;
      frame.to = from + captured;
      frame.originalBytes = view.getUint32(next + 12, isLittle);
      this.#sink.frame(frame);
      next = from + captured;
    }
    return next;
  }

  takeSkip(): number {
    return 0;
  }

  #setTime(seconds: number, units: number): void {
    if (this.frames === 0) {
      this.#firstSeconds = seconds;
      this.#firstUnits = units;
    }
    this.frames += 1;
    this.#frame.atNs = (seconds - this.#firstSeconds) * 1e9 + (units - this.#firstUnits) * this.#nsPerUnit;
  }
}
