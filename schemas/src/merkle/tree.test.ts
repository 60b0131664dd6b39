import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../encoding/bytes.ts';
import { emptyRoot, leafHash, nodeHash } from './hash.ts';
import { MerkleTree } from './tree.ts';
import { verifyConsistency, verifyInclusion } from './verify.ts';

/** Leaves and roots that the implementations of Certificate Transparency are tested with. */
const knownLeaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const knownRoots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const leaf = (index: number): Uint8Array => leafHash(utf8(`record ${index}`));

function treeOf(size: number): MerkleTree {
  const tree = new MerkleTree();
  for (let index = 0; index < size; index++) tree.append(leaf(index));
  return tree;
}

/** The definition of RFC 6962, section 2.1, word for word. */
function rootByDefinition(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return emptyRoot();
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(rootByDefinition(leaves.slice(0, split)), rootByDefinition(leaves.slice(split)));
}

describe('MerkleTree', () => {
  it('has the known roots of RFC 6962', () => {
    const tree = new MerkleTree();
    expect(toHex(tree.root())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    const roots = knownLeaves.map((hex, index) => {
      expect(tree.append(leafHash(Uint8Array.from(Buffer.from(hex, 'hex'))))).toBe(index);
      return toHex(tree.root());
    });
    expect(roots).toEqual(knownRoots);
    expect(knownRoots.map((_, index) => toHex(tree.root(index + 1)))).toEqual(knownRoots);
  });

  it('has the root of the definition at every size, also of the past', () => {
    const size = 70;
    const tree = treeOf(size);
    const leaves = Array.from({ length: size }, (_, index) => leaf(index));
    for (let past = 0; past <= size; past++) {
      expect(tree.root(past)).toEqual(rootByDefinition(leaves.slice(0, past)));
    }
  });

  it('proves every leaf at every size', () => {
    const tree = treeOf(40);
    for (let size = 1; size <= tree.size; size++) {
      for (let index = 0; index < size; index++) {
        const claim = {
          leafHash: leaf(index),
          index,
          size,
          path: tree.inclusionProof(index, size),
          root: tree.root(size),
        };
        expect(verifyInclusion(claim)).toBe(true);
        expect(claim.path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
      }
    }
  });

  it('proves that every past size is a prefix of every later one', () => {
    const tree = treeOf(40);
    for (let size = 0; size <= tree.size; size++) {
      for (let oldSize = 0; oldSize <= size; oldSize++) {
        const path = tree.consistencyProof(oldSize, size);
        const claim = { oldSize, oldRoot: tree.root(oldSize), size, root: tree.root(size), path };
        expect(verifyConsistency(claim)).toBe(true);
      }
    }
  });

  it.each([
    ['an index at the size', (tree: MerkleTree) => tree.inclusionProof(3)],
    ['a negative index', (tree: MerkleTree) => tree.inclusionProof(-1)],
    ['a size beyond the tree', (tree: MerkleTree) => tree.root(4)],
    ['a broken size', (tree: MerkleTree) => tree.root(1.5)],
    ['an old size beyond the new one', (tree: MerkleTree) => tree.consistencyProof(3, 2)],
    ['a leaf in an empty tree', () => new MerkleTree().inclusionProof(0)],
    ['a hash that is too short', (tree: MerkleTree) => tree.append(new Uint8Array(31))],
  ])('refuses %s', (_, act) => {
    expect(() => act(treeOf(3))).toThrow(expect.objectContaining({ code: 'TG4010' }));
  });

  it('hands out copies: changing a proof does not change the tree', () => {
    const tree = treeOf(2);
    const root = tree.root();
    tree.root().fill(0);
    tree.inclusionProof(0)[0]?.fill(0);
    expect(tree.root()).toEqual(root);
  });
});

describe('proofs that were tampered with', () => {
  const sizes = fc.integer({ min: 2, max: 200 });
  const flip = (hash: Uint8Array, bit: number): Uint8Array =>
    hash.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

  it('inclusion: another bit, index, size or length does not verify', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(255), fc.nat(), (size, seed, bit, which) => {
        const tree = treeOf(size);
        const index = seed % size;
        const claim = {
          leafHash: leaf(index),
          index,
          size,
          path: tree.inclusionProof(index),
          root: tree.root(),
        };
        expect(verifyInclusion(claim)).toBe(true);
        const at = which % claim.path.length;
        const bent = claim.path.map((hash, place) => (place === at ? flip(hash, bit) : hash));
        const [, ...shorter] = claim.path;
        const wrong = [
          { ...claim, path: bent },
          { ...claim, path: shorter },
          { ...claim, path: [...claim.path, claim.root] },
          { ...claim, leafHash: flip(claim.leafHash, bit) },
          { ...claim, root: flip(claim.root, bit) },
          { ...claim, index: size },
          { ...claim, index: -1 },
          { ...claim, path: [new Uint8Array(33), ...shorter] },
        ];
        expect(wrong.map(verifyInclusion)).toEqual(wrong.map(() => false));
      }),
      { numRuns: 50 },
    );
  });

  it('consistency: a changed past does not verify', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(255), (size, seed, bit) => {
        const tree = treeOf(size);
        const oldSize = 1 + (seed % (size - 1));
        const path = tree.consistencyProof(oldSize);
        const claim = { oldSize, oldRoot: tree.root(oldSize), size, root: tree.root(), path };
        expect(verifyConsistency(claim)).toBe(true);
        const wrong = [
          { ...claim, oldRoot: flip(claim.oldRoot, bit) },
          { ...claim, root: flip(claim.root, bit) },
          { ...claim, path: path.slice(1) },
          { ...claim, path: [...path, claim.root] },
          { ...claim, oldSize: size + 1 },
          { ...claim, oldSize: size },
          { ...claim, oldSize: 0 },
        ];
        expect(wrong.map(verifyConsistency)).toEqual(wrong.map(() => false));
      }),
      { numRuns: 50 },
    );
  });
});
