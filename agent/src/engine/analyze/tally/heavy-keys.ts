/**
 * The heaviest of any number of pairs of addresses, in fixed memory: buckets of eight entries, of which the lightest
 * makes room for a new key with a probability of one in its count (randomised admission, Ben Basat et al., 2017). A
 * flood from a million sources that come once then leaves the few that come often where they are.
 */
import { hashWords } from './address.ts';
import { Xorshift } from './xorshift.ts';

const bucketEntries = 8;
const keyWords = 8;

export class HeavyKeys {
  readonly #mask: number;
  /** The two addresses of each entry, four words each. */
  readonly #keys: Int32Array;
  readonly #packets: Float64Array;
  readonly #random = new Xorshift(0x6865_6176);
  /** Whether a pair had to make room, or found none: from then on small counts may be chance. */
  isFull = false;

  /** @param entriesLog2 At least 3. */
  constructor(entriesLog2: number) {
    const entries = 1 << entriesLog2;
    this.#mask = entries / bucketEntries - 1;
    this.#keys = new Int32Array(entries * keyWords);
    this.#packets = new Float64Array(entries);
  }

  /** Counts the pair; returns how many packets it is thought to have by now, 0 where it was not taken in. */
  add(first: Int32Array, second: Int32Array, weight: number): number {
    const from = (hashWords(first, hashWords(second, 1)) & this.#mask) * bucketEntries;
    let lightest = from;
    let fewest = Infinity;
    for (let entry = from; entry < from + bucketEntries; entry++) {
      const packets = this.#packets[entry]!;
      if (packets > 0 && this.#holds(entry, first, second)) return (this.#packets[entry] = packets + weight);
      if (packets >= fewest) continue;
      lightest = entry;
      fewest = packets;
    }
    if (fewest > 0) {
      this.isFull = true;
      if (this.#random.fraction() * (fewest + weight) >= weight) return 0;
    }
    this.#keys.set(first, lightest * keyWords);
    this.#keys.set(second, lightest * keyWords + 4);
    return (this.#packets[lightest] = fewest + weight);
  }

  /** Calls `visit` with the place of each entry in `keys`, four words and four words, and its packets. */
  each(visit: (keys: Int32Array, at: number, packets: number) => void): void {
    for (let entry = 0; entry < this.#packets.length; entry++) {
      const packets = this.#packets[entry]!;
      if (packets > 0) visit(this.#keys, entry * keyWords, packets);
    }
  }

  #holds(entry: number, first: Int32Array, second: Int32Array): boolean {
    const keys = this.#keys;
    const at = entry * keyWords;
    return (
      keys[at + 3] === first[3] &&
      keys[at + 7] === second[3] &&
      keys[at + 2] === first[2] &&
      keys[at + 6] === second[2] &&
      keys[at + 1] === first[1] &&
      keys[at + 5] === second[1] &&
      keys[at] === first[0] &&
      keys[at + 4] === second[0]
    );
  }
}
