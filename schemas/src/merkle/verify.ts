/** Checks of Merkle proofs without the tree (RFC 9162, sections 2.1.3.2 and 2.1.4.2; the hashing is RFC 6962's). */
import { emptyRoot, hashBytes, nodeHash, sameHash } from './hash.ts';
import { exponentOf } from './powers.ts';

export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  /** Index of the leaf, from 0. */
  readonly index: number;
  /** Leaves in the tree. */
  readonly size: number;
  /** Hashes from the leaf to the root. */
  readonly path: readonly Uint8Array[];
  readonly root: Uint8Array;
}

export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
  readonly path: readonly Uint8Array[];
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const areHashes = (values: readonly Uint8Array[]): boolean =>
  values.every((value) => value.length === hashBytes);
const half = (value: number): number => Math.floor(value / 2);
const isOdd = (value: number): boolean => value % 2 === 1;

/** Whether the leaf is in the tree with that root. Never throws. */
export function verifyInclusion({ leafHash, index, size, path, root }: InclusionClaim): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leafHash, ...path])) return false;
  let [node, last, hash] = [index, size - 1, leafHash];
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameHash(hash, root);
}

/** Whether the old tree is a prefix of the new one. Never throws. */
export function verifyConsistency({ oldSize, oldRoot, size, root, path }: ConsistencyClaim): boolean {
  if (!isCount(oldSize) || !isCount(size) || oldSize > size || !areHashes([oldRoot, ...path])) return false;
  if (oldSize === 0) return path.length === 0 && sameHash(oldRoot, emptyRoot());
  if (oldSize === size) return path.length === 0 && sameHash(oldRoot, root);
  // Where the old tree is one complete subtree, its root is the first hash and is not sent.
  const hashes = exponentOf(oldSize) !== null ? [oldRoot, ...path] : path;
  const [first, ...rest] = hashes;
  if (first === undefined) return false;
  let [node, last, oldHash, newHash] = [oldSize - 1, size - 1, first, first];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  for (const hash of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      oldHash = nodeHash(hash, oldHash);
      newHash = nodeHash(hash, newHash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newHash = nodeHash(newHash, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameHash(oldHash, oldRoot) && sameHash(newHash, root);
}
