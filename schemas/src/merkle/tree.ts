/**
 * The Merkle tree of the audit log (RFC 6962, section 2.1): append-only, with every complete subtree kept.
 *
 * An append costs O(1) hashes on average, a proof O(log n). A million leaves take about 64 MB.
 */
import { TidegateError } from '../errors/tidegate-error.ts';
import { emptyRoot, hashBytes, nodeHash } from './hash.ts';
import { HashList } from './hash-list.ts';
import { exponentOf, splitPoint } from './powers.ts';

export class MerkleTree {
  /** Level k holds the roots of the complete, aligned subtrees with 2^k leaves. */
  readonly #levels: HashList[] = [new HashList()];

  /** How many leaves there are. */
  get size(): number {
    return this.#levels[0]!.length;
  }

  /** Appends a leaf, given its leaf hash (32 bytes), and returns its index. */
  append(leafHash: Uint8Array): number {
    if (leafHash.length !== hashBytes) {
      throw new TidegateError(
        'TG4010',
        `A leaf hash has ${hashBytes} bytes, but ${leafHash.length} were given.`,
      );
    }
    const index = this.size;
    let hash = leafHash;
    for (let level = 0; ; level++) {
      const list = (this.#levels[level] ??= new HashList());
      list.push(hash);
      if (list.length % 2 === 1) return index;
      hash = nodeHash(list.at(list.length - 2), hash);
    }
  }

  /** Root of the first `size` leaves, by default of all of them. */
  root(size = this.size): Uint8Array {
    this.#within(size, this.size, 'tree size');
    return size === 0 ? emptyRoot() : this.#subtree(0, size);
  }

  /** Hashes from the leaf to the root of the first `size` leaves (RFC 6962, section 2.1.1). */
  inclusionProof(index: number, size = this.size): Uint8Array[] {
    this.#within(size, this.size, 'tree size');
    this.#within(index, size - 1, 'leaf index');
    const path: Uint8Array[] = [];
    let [start, leaves] = [0, size];
    while (leaves > 1) {
      const split = splitPoint(leaves);
      if (index - start < split) {
        path.push(this.#subtree(start + split, leaves - split));
        leaves = split;
      } else {
        path.push(this.#subtree(start, split));
        start += split;
        leaves -= split;
      }
    }
    return path.reverse();
  }

  /** Proof that the first `from` leaves are a prefix of the first `size` (RFC 6962, section 2.1.2). */
  consistencyProof(from: number, size = this.size): Uint8Array[] {
    this.#within(size, this.size, 'tree size');
    this.#within(from, size, 'old tree size');
    if (from === 0 || from === size) return [];
    const path: Uint8Array[] = [];
    let [start, leaves, old, whole] = [0, size, from, true];
    while (old !== leaves) {
      const split = splitPoint(leaves);
      if (old <= split) {
        path.push(this.#subtree(start + split, leaves - split));
        leaves = split;
      } else {
        path.push(this.#subtree(start, split));
        start += split;
        leaves -= split;
        old -= split;
        whole = false;
      }
    }
    if (!whole) path.push(this.#subtree(start, leaves));
    return path.reverse();
  }

  /** Hash of `leaves` leaves from an aligned start; complete subtrees are kept, the ragged right edge is computed. */
  #subtree(start: number, leaves: number): Uint8Array {
    const level = exponentOf(leaves);
    if (level !== null) return this.#levels[level]!.at(start / leaves);
    const split = splitPoint(leaves);
    return nodeHash(this.#subtree(start, split), this.#subtree(start + split, leaves - split));
  }

  #within(value: number, max: number, what: string): void {
    if (Number.isSafeInteger(value) && value >= 0 && value <= max) return;
    throw new TidegateError(
      'TG4010',
      `The ${what} ${value} is outside the log, which has ${this.size} leaves.`,
    );
  }
}
