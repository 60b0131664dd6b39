/** The bytes of version 1, which lie on disks and are read by the program in the kernel, stay what they are. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { addressBytes } from '../net/address.ts';
import type { IndicatorVerdict } from './format.ts';
import { openIndicatorSet, type IndicatorMatch } from './open.ts';
import { bytesOf, type TextFeed } from './testkit/naive.ts';
import { fromSparse, toSparse, type SparseSet } from './testkit/sparse.ts';

interface Golden {
  readonly feeds: readonly TextFeed[];
  readonly set: SparseSet;
  readonly sha256: string;
  /** By address. */
  readonly answers: Readonly<
    Record<string, { readonly verdict: IndicatorVerdict; readonly matches: readonly IndicatorMatch[] }>
  >;
}

const path = join(import.meta.dirname, '../../golden/v1/indicator-set.json');
const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden;
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it('is still read, with the same answers', () => {
  const set = openIndicatorSet(fromSparse(golden.set));
  expect(Object.keys(golden.answers).length).toBeGreaterThan(10);
  for (const [address, { verdict, matches }] of Object.entries(golden.answers)) {
    const bytes = addressBytes(address);
    expect([address, set.verdictOf(bytes), set.matchesOf(bytes)]).toEqual([address, verdict, matches]);
  }
});

it('is still written, byte by byte', () => {
  const bytes = bytesOf(golden.feeds);
  expect(toSparse(bytes, golden.set.kernelLines)).toEqual(golden.set);
  expect(digest(bytes)).toBe(golden.sha256);
});
