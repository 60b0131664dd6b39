/** Chance for sampling, the same in every run: xorshift32 (Marsaglia, 2003). Two shifts a packet are all it may cost. */
export class Xorshift {
  #state: number;

  /** @param seed Not 0. */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 32 bits, signed. */
  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state;
  }

  /** 0 up to, but not 1. */
  fraction(): number {
    return (this.next() >>> 0) / 0x1_0000_0000;
  }
}
