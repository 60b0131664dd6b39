import { describe, expect, it } from 'vitest';
import { utf8 } from '../encoding/bytes.ts';
import { leafHash } from './hash.ts';
import { MerkleTree } from './tree.ts';
import { verifyInclusion } from './verify.ts';

describe('a million leaves', () => {
  it('take about 64 MB, and a proof twenty hashes', () => {
    const size = 1_000_000;
    const before = process.memoryUsage().arrayBuffers;
    const tree = new MerkleTree();
    for (let index = 0; index < size; index++) tree.append(leafHash(utf8(`record ${index}`)));
    const megabytes = (process.memoryUsage().arrayBuffers - before) / 1e6;
    console.log(`arrayBuffers: ${megabytes.toFixed(1)} MB for ${size} leaves`);

    const index = 765_432;
    const path = tree.inclusionProof(index);
    expect(path).toHaveLength(20);
    const claim = { leafHash: leafHash(utf8(`record ${index}`)), index, size, path, root: tree.root() };
    expect(verifyInclusion(claim)).toBe(true);
    // Two hashes of 32 bytes for each leaf, and what the collector has not fetched yet.
    expect(megabytes).toBeLessThan(150);
  });
});
