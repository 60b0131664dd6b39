/**
 * A window as our own encoder writes it, read byte by byte: a long recording is hardly anything else, and reading it as any
 * JSON takes several times as long. Whatever looks different in any way is left to the general reader; a test holds the
 * two equal.
 */
import { counterNames } from '../types.ts';
import type { Sample, TargetReading } from '../types.ts';
import { toNs } from './decode.ts';
import { Scanner, expected } from './scanner.ts';

export interface OwnForm {
  readonly atMs: number;
  readonly intervalMs: number;
  readonly targets: readonly TargetReading[];
  readonly samples: readonly Sample[];
  /** What follows the samples, such as labels, from the bracket that closes their list on; empty for nothing. */
  readonly rest: string;
}

/** As the shape of a window has it. */
const limits = { targets: 65_536, samples: 4096, address: 45, packetLength: 65_575 };

const text = {
  begin: expected('{"atMs":'),
  interval: expected(',"intervalMs":'),
  targets: expected(',"targets":['),
  target: expected('{"target":"'),
  counts: expected(',"counts":["'),
  nextCount: expected('","'),
  endOfCounts: expected('"]}'),
  samples: expected('],"samples":['),
  atMs: expected(',"atMs":'),
  length: expected(',"length":'),
  rate: expected(',"rate":'),
  data: expected(',"data":"'),
  indicator: expected(',"isIndicator":true'),
  legitimate: expected(',"label":"legitimate"'),
  attack: expected(',"label":"attack"'),
  end: expected(']}'),
};
const quote = 0x22;
const comma = 0x2c;
const closeList = 0x5d;
const closeObject = 0x7d;

/** Rows share their memory by so many: one alone that somebody keeps holds no more than 6 KiB. */
const rowsPerBlock = 16;
const rowBytes = counterNames.length * 8;
/** What agents keep of a packet; longer ones are for the general reader. */
const sampleBytesMax = 128;
const samplesPerBlock = 64;

export class OwnFormReader {
  readonly #places: Int32Array;
  /** Targets come in about the same order in each window: their bytes are compared, and no text is made anew. */
  readonly #known: { readonly bytes: Uint8Array; readonly text: string }[] = [];
  #block = new ArrayBuffer(0);
  #blockUsed = 0;
  #samples = new Uint8Array(0);
  #samplesUsed = 0;

  /** @param places Where each class of the header has its counter. */
  constructor(places: Int32Array) {
    this.#places = places;
  }

  /** Null where the line has another form, be it right or wrong. */
  read(line: Uint8Array): OwnForm | null {
    const scanner = new Scanner(line);
    const atMs = scanner.skip(text.begin) ? scanner.decimal() : -1;
    const intervalMs = atMs >= 0 && scanner.skip(text.interval) ? scanner.decimal() : -1;
    if (intervalMs <= 0 || !scanner.skip(text.targets)) return null;
    const targets = this.#listed(scanner, limits.targets, (index) => this.#target(scanner, index));
    if (targets === null || !scanner.skip(text.samples)) return null;
    const samples = this.#listed(scanner, limits.samples, () => this.#sample(scanner));
    if (samples === null) return null;
    const restAt = scanner.at;
    const isAll = scanner.skip(text.end) && scanner.at === line.length;
    return { atMs, intervalMs, targets, samples, rest: isAll ? '' : scanner.text(restAt, line.length) };
  }

  /** The items of a list up to its bracket, which stays before us. */
  #listed<Item>(scanner: Scanner, most: number, item: (index: number) => Item | null): Item[] | null {
    const items: Item[] = [];
    while (scanner.bytes[scanner.at] !== closeList) {
      if (items.length >= most || (items.length > 0 && !scanner.skipByte(comma))) return null;
      const next = item(items.length);
      if (next === null) return null;
      items.push(next);
    }
    return items;
  }

  #target(scanner: Scanner, index: number): TargetReading | null {
    const target = this.#address(scanner, index);
    if (target === null || !scanner.skip(text.counts)) return null;
    const counts = this.#row();
    const places = this.#places;
    for (let place = 0; place < places.length; place++) {
      if (place > 0 && !scanner.skip(text.nextCount)) return null;
      const count = scanner.whole();
      if (count < 0) return null;
      if (places[place]! >= 0) counts[places[place]!] = count;
    }
    return scanner.skip(text.endOfCounts) ? { target, counts } : null;
  }

  #row(): Float64Array {
    if (this.#blockUsed === this.#block.byteLength) {
      this.#block = new ArrayBuffer(rowsPerBlock * rowBytes);
      this.#blockUsed = 0;
    }
    const row = new Float64Array(this.#block, this.#blockUsed, counterNames.length);
    this.#blockUsed += rowBytes;
    return row;
  }

  #sample(scanner: Scanner): Sample | null {
    const target = this.#address(scanner, 0);
    const atMs = target !== null && scanner.skip(text.atMs) ? scanner.decimal() : -1;
    const length = atMs >= 0 && scanner.skip(text.length) ? scanner.whole() : -1;
    const rate = length > 0 && scanner.skip(text.rate) ? scanner.whole() : -1;
    const data = rate > 0 && scanner.skip(text.data) ? this.#data(scanner) : null;
    if (target === null || length > limits.packetLength || data === null) return null;
    const isIndicator = scanner.skip(text.indicator);
    const label = scanner.skip(text.legitimate)
      ? 'legitimate'
      : scanner.skip(text.attack)
        ? 'attack'
        : undefined;
    if (!scanner.skipByte(closeObject)) return null;
    return {
      ...{ target, atNs: toNs(atMs), length, rate, data },
      ...(isIndicator ? { isIndicator } : {}),
      ...(label === undefined ? {} : { label }),
    };
  }

  /** Samples share their memory as rows do; whoever keeps one beyond the next reading copies it. */
  #data(scanner: Scanner): Uint8Array | null {
    if (this.#samples.length - this.#samplesUsed < sampleBytesMax) {
      this.#samples = new Uint8Array(samplesPerBlock * sampleBytesMax);
      this.#samplesUsed = 0;
    }
    const from = this.#samplesUsed;
    const length = scanner.base64(this.#samples.subarray(0, from + sampleBytesMax), from);
    if (length < 0) return null;
    this.#samplesUsed += length;
    return this.#samples.subarray(from, from + length);
  }

  /** The key `target` and its value. */
  #address(scanner: Scanner, index: number): string | null {
    if (!scanner.skip(text.target)) return null;
    const start = scanner.at;
    const known = this.#known[index];
    if (known !== undefined && scanner.skip(known.bytes)) {
      if (scanner.skipByte(quote)) return known.text;
      scanner.at = start;
    }
    const address = scanner.quoted(limits.address);
    if (address === null || !/^[0-9A-Fa-f:.]+$/.test(address)) return null;
    this.#known[index] = { bytes: scanner.bytes.slice(start, scanner.at - 1), text: address };
    return address;
  }
}
