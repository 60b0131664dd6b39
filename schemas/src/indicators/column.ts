/** A list of numbers that grows without an object for each. */
export class Column<Values extends Float64Array | Uint32Array> {
  readonly #make: (length: number) => Values;
  #values: Values;
  #length = 0;

  constructor(make: (length: number) => Values) {
    this.#make = make;
    this.#values = make(64);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = this.#make(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** The values so far, not a copy; they are the list's own until it grows. */
  values(): Values {
    return this.#values.subarray(0, this.#length) as Values;
  }
}

export const floatColumn = (): Column<Float64Array> => new Column((length) => new Float64Array(length));
export const wordColumn = (): Column<Uint32Array> => new Column((length) => new Uint32Array(length));
