import { hashBytes } from './hash.ts';

/** Hashes in one piece of memory; small first, so that the upper levels of a tree cost little. */
const hashesMin = 8;
const hashesMax = 4096;

/**
 * An append-only list of hashes, packed into large arrays: a million hashes take 32 MB, where a million small
 * typed arrays would take several times that.
 */
export class HashList {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(hash: Uint8Array): void {
    const slot = this.#length % hashesMax;
    let piece = this.#pieces.at(-1);
    if (piece === undefined || slot === 0) {
      piece = new Uint8Array(hashBytes * hashesMin);
      this.#pieces.push(piece);
    } else if (slot * hashBytes === piece.length) {
      const larger = new Uint8Array(piece.length * 2);
      larger.set(piece);
      piece = larger;
      this.#pieces[this.#pieces.length - 1] = piece;
    }
    piece.set(hash, slot * hashBytes);
    this.#length++;
  }

  /** A copy of one hash; the index must be below the length. */
  at(index: number): Uint8Array {
    const start = (index % hashesMax) * hashBytes;
    return this.#pieces[Math.floor(index / hashesMax)]!.slice(start, start + hashBytes);
  }
}
