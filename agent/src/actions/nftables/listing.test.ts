import { expect, test } from 'vitest';
import { readListing } from './listing.ts';

// As nft 1.0.6 printed it, with expressions that are not read left out.
const mark = {
  rule: { chain: 'prerouting', handle: 10, comment: 'tidegate/nftables/v1', expr: [{ jump: {} }] },
};
const gate = (digits: string, expires?: number) => ({
  set: {
    name: `m_${digits}`,
    flags: ['timeout'],
    ...(expires === undefined ? {} : { elem: [{ elem: { val: 2, timeout: 60, expires } }] }),
  },
});
const shell = (digits: string, handle: number, verdict: object[]) => ({
  rule: {
    chain: 'mitigations',
    handle,
    comment: `mit-${digits}`,
    expr: [{ match: {} }, { counter: { packets: 3, bytes: 84 } }, ...verdict],
  },
});
const one = '0000000000000001';
const two = '0000000000000002';
const listing = (...nftables: object[]) =>
  readListing(JSON.stringify({ nftables: [{ metainfo: {} }, ...nftables] }));

test('reads rules with their verdict, counters and time left', () => {
  const state = listing(
    mark,
    gate(one, 59),
    gate(two, 0),
    shell(one, 14, [{ drop: null }]),
    shell(two, 16, []),
  );
  expect(state).toEqual({
    kind: 'ours',
    rules: [
      {
        id: `mit-${one}`,
        handles: [{ chain: 'mitigations', handle: 14 }],
        hasGate: true,
        verdict: 'drop',
        packets: 3n,
        bytes: 84n,
        expiresInMs: 59_000,
      },
      {
        id: `mit-${two}`,
        handles: [{ chain: 'mitigations', handle: 16 }],
        hasGate: true,
        verdict: 'count',
        packets: 3n,
        bytes: 84n,
        expiresInMs: 0,
      },
    ],
  });
});

test('a rule whose element is gone has ended, and so has a gate or a rule alone', () => {
  const ended = listing(mark, gate(one), shell(one, 14, [{ drop: null }]), gate(two, 5));
  expect(ended).toMatchObject({
    kind: 'ours',
    rules: [
      { id: `mit-${one}`, handles: [{ chain: 'mitigations', handle: 14 }], hasGate: true, expiresInMs: null },
      { id: `mit-${two}`, handles: [], hasGate: true, expiresInMs: null },
    ],
  });
  expect(listing(mark, shell(one, 14, []))).toMatchObject({ rules: [{ hasGate: false, expiresInMs: null }] });
});

test('a rule that was installed twice is one, with both handles', () => {
  const state = listing(mark, gate(one, 5), shell(one, 14, []), shell(one, 15, []));
  expect(state).toMatchObject({
    rules: [
      {
        handles: [
          { chain: 'mitigations', handle: 14 },
          { chain: 'mitigations', handle: 15 },
        ],
      },
    ],
  });
});

test('a table without our mark is foreign', () => {
  expect(listing(shell(one, 14, []), gate(one, 5))).toEqual({ kind: 'foreign' });
});
