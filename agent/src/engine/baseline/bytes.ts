/** Little-endian numbers in and out of bytes; reading beyond the end throws a RangeError. */

export class Writer {
  readonly #buffer: Uint8Array;
  readonly #view: DataView;
  #length = 0;

  constructor(bytesMax: number) {
    this.#buffer = new Uint8Array(bytesMax);
    this.#view = new DataView(this.#buffer.buffer);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#view.setUint8(this.#length, value);
    this.#length += 1;
  }

  u16(value: number): void {
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
  }

  u32(value: number): void {
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  f64(value: number): void {
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  bytes(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A copy of what was written; the writer begins anew. */
  take(): Uint8Array {
    const taken = this.#buffer.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }
}

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(): number {
    return this.#view.getUint8(this.#forward(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#forward(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#forward(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#forward(8), true);
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    const from = this.#forward(length);
    return this.#bytes.subarray(from, from + length);
  }

  #forward(length: number): number {
    const from = this.#at;
    if (from + length > this.#bytes.length) throw new RangeError('beyond the end');
    this.#at += length;
    return from;
  }
}
