/**
 * The memory of the baselines: pages of equal size, so that what rows give back can hold a season and the other way
 * round. Pages come in slabs of 64 that are allocated when they are needed, so that a server with a handful of
 * addresses holds a handful of slabs; `pagesMax` is never exceeded.
 */

/** Holds 169 slots of 20 bytes (a season), or 35 rows of 96. A multiple of 4, for views of 32 bits. */
export const pageBytes = 3380;
const pageBits = 6;
const pagesOfSlab = 1 << pageBits;
export const slabBytes = pageBytes * pagesOfSlab;

/** The same memory, as each width. */
export interface Slab {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
}

export class Pages {
  readonly #slabs: Slab[] = [];
  readonly #free: number[] = [];
  readonly #slabsMax: number;

  constructor(bytesMax: number) {
    this.#slabsMax = Math.floor(bytesMax / slabBytes);
    if (this.#slabsMax < 1)
      throw new RangeError(`baseline: ${bytesMax} bytes are less than one slab, ${slabBytes}`);
  }

  get bytes(): number {
    return this.#slabs.length * slabBytes;
  }

  /** A page of zeros; null where all are taken. */
  take(): number | null {
    if (this.#free.length === 0) this.#grow();
    const page = this.#free.pop();
    if (page === undefined) return null;
    const from = this.offsetOf(page);
    this.slabOf(page).u8.fill(0, from, from + pageBytes);
    return page;
  }

  give(page: number): void {
    this.#free.push(page);
  }

  slabOf(page: number): Slab {
    return this.#slabs[page >> pageBits]!;
  }

  /** Where in its slab a page begins, bytes. */
  offsetOf(page: number): number {
    return (page & (pagesOfSlab - 1)) * pageBytes;
  }

  #grow(): void {
    if (this.#slabs.length >= this.#slabsMax) return;
    const first = this.#slabs.length * pagesOfSlab;
    const memory = new ArrayBuffer(slabBytes);
    this.#slabs.push({
      u8: new Uint8Array(memory),
      u16: new Uint16Array(memory),
      u32: new Uint32Array(memory),
      f32: new Float32Array(memory),
    });
    // The lowest page is taken first.
    for (let page = first + pagesOfSlab - 1; page >= first; page -= 1) this.#free.push(page);
  }
}
