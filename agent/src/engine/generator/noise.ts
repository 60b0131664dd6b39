/** Payload without a pattern, as ciphertext, compressed voice or random filling is. */
import type { SeededRandom } from './random.ts';

const noiseBytes = 65_536;

/** Bytes without a pattern, cut from one pool: drawing each anew would take longer than all the rest. */
export class Noise {
  readonly #random: SeededRandom;
  readonly #pool = new Uint8Array(noiseBytes);

  constructor(random: SeededRandom) {
    this.#random = random;
    const words = new Uint32Array(this.#pool.buffer);
    for (let index = 0; index < words.length; index++) words[index] = random.uint32();
  }

  /** At most 16 KiB; copy before writing into it. */
  take(bytes: number): Uint8Array {
    const from = this.#random.integer(0, noiseBytes - 16_384);
    return this.#pool.subarray(from, from + bytes);
  }
}
