/** Takes a file in pieces of any size and hands them to the reader of its format. */
import { TidegateError } from '@tidegate/schemas';
import type { CaptureFacts, CaptureSink, Damage, FormatReader } from './frame.ts';
import { PcapReader } from './pcap.ts';
import { PcapngReader } from './pcapng.ts';

/** Both formats are known by their first 4 bytes; a pcap header has 24. */
const headBytes = 24;
const memoryBytes = 2 * 1024 * 1024;

export class CaptureReader {
  readonly #sink: CaptureSink;
  readonly #bytes = new Uint8Array(memoryBytes);
  readonly #memory = { bytes: this.#bytes, view: new DataView(this.#bytes.buffer) };
  #format: FormatReader | null = null;
  #end = 0;
  #received = 0;
  #skip = 0;
  #problem: { reason: string; atByte: number } | null = null;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  /** Bytes that were given so far. */
  get received(): number {
    return this.#received;
  }

  /** Frames that were given out so far. */
  get frames(): number {
    return this.#format?.frames ?? 0;
  }

  /** Time of the first frame, ns since 1970; null before it came, and where the file keeps no times. */
  get startedAtNs(): bigint | null {
    return this.#format?.startedAtNs ?? null;
  }

  /** Takes the next bytes of the file. A file of another format is an error TG5006. */
  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length;) {
      if (this.#problem !== null) {
        this.#received += chunk.length - from;
        return;
      }
      const skipped = Math.min(this.#skip, chunk.length - from);
      this.#skip -= skipped;
      const taken = Math.min(memoryBytes - this.#end, chunk.length - from - skipped);
      this.#bytes.set(chunk.subarray(from + skipped, from + skipped + taken), this.#end);
      this.#end += taken;
      this.#received += skipped + taken;
      from += skipped + taken;
      if (taken > 0 && (this.#format !== null || this.#end >= headBytes)) this.#read();
    }
  }

  /** Says that there is nothing more. A file without any format is an error TG5006. */
  end(): CaptureFacts {
    if (this.#format === null) throw notACapture(this.#bytes.subarray(0, this.#end));
    const { format, frames, startedAtNs } = this.#format;
    return { format, frames, startedAtNs, bytes: this.#received, damage: this.#damage() };
  }

  #read(): void {
    this.#format ??= this.#recognise();
    const at = this.#format.read(this.#memory, 0, this.#end);
    const { problem } = this.#format;
    if (problem !== null) {
      this.#problem = { reason: problem, atByte: this.#received - this.#end + at };
      return;
    }
    const unread = this.#end - at;
    const skip = this.#format.takeSkip();
    const skipped = Math.min(skip, unread);
    this.#skip = skip - skipped;
    this.#bytes.copyWithin(0, at + skipped, this.#end);
    this.#end = unread - skipped;
    if (skip > 0 && this.#skip === 0 && this.#end > 0) this.#read();
  }

  #recognise(): FormatReader {
    const format = PcapReader.of(this.#memory, this.#sink) ?? PcapngReader.of(this.#memory, this.#sink);
    if (format === null) throw notACapture(this.#bytes.subarray(0, this.#end));
    return format;
  }

  #damage(): Damage | null {
    if (this.#problem !== null) {
      return { ...this.#problem, unreadBytes: this.#received - this.#problem.atByte };
    }
    if (this.#skip > 0) {
      const reason = `the file ends ${this.#skip} bytes before the block that it is in`;
      return { reason, atByte: this.#received, unreadBytes: 0 };
    }
    if (this.#end === 0) return null;
    const atByte = this.#received - this.#end;
    return { reason: 'the file ends in the middle of a record', atByte, unreadBytes: this.#end };
  }
}

const compressed: readonly (readonly [magic: string, name: string])[] = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'Zstandard'],
  ['04224d18', 'LZ4'],
  ['fd377a58', 'xz'],
  ['425a68', 'bzip2'],
  ['504b0304', 'zip'],
];

function notACapture(head: Uint8Array): TidegateError {
  if (head.length === 0) return new TidegateError('TG5006', 'it is empty.');
  const hex = Array.from(head.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const packer = compressed.find(([magic]) => hex.startsWith(magic));
  if (packer !== undefined) {
    return new TidegateError('TG5006', `it is compressed with ${packer[1]}; unpack it first.`);
  }
  const short = head.length < headBytes ? ` and has only ${head.length} bytes` : '';
  return new TidegateError('TG5006', `it is neither pcap nor pcapng: it begins with 0x${hex}${short}.`);
}
