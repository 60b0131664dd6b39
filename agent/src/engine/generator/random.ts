/** Chance that can be repeated: the same seed gives the same numbers on every machine. */

/** sfc32 (C. Doty-Humphrey, PractRand): 128 bits of state, seeded from a text by cyrb128. Not for secrets. */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    [this.#a, this.#b, this.#c, this.#counter] = scramble(seed);
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** 0 to 2^32 - 1. */
  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** 0 up to, but not 1. */
  float(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A whole number, both ends included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.float() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.integer(0, items.length - 1)] ?? items[0];
  }

  /** Exponentially distributed, for the gaps between arrivals that know nothing of each other. */
  exponential(mean: number): number {
    return -Math.log(1 - this.float()) * mean;
  }

  /** Lower-case hexadecimal digits, two a byte. */
  hex(bytes: number): string {
    return Array.from({ length: bytes }, () => this.integer(0, 255).toString(16).padStart(2, '0')).join('');
  }
}

/** cyrb128 (bryc): four well-mixed words from a text. */
function scramble(text: string): [number, number, number, number] {
  let [h1, h2, h3, h4] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    h1 = h2 ^ Math.imul(h1 ^ code, 597399067);
    h2 = h3 ^ Math.imul(h2 ^ code, 2869860233);
    h3 = h4 ^ Math.imul(h3 ^ code, 951274213);
    h4 = h1 ^ Math.imul(h4 ^ code, 2716044179);
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067);
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233);
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213);
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179);
  return [h1 ^ h2 ^ h3 ^ h4, h2 ^ h1, h3 ^ h1, h4 ^ h1];
}
