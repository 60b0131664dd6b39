import { describe, expect, test } from 'vitest';
import { longestComments, packetComments, sectionComment } from './comments.ts';

describe('comments on packets', () => {
  test('the first packet at or after the detection is marked, no other', () => {
    const at = packetComments(50);
    expect([10, 49, 50, 50, 51].map((time) => at(time, 0))).toEqual([[], [], ['detected here'], [], []]);
  });

  test('the share is told where it changes, and that it is whole again', () => {
    const at = packetComments(Infinity);
    expect([0, 0, 3, 3, 10, 0].map((shift) => at(0, shift))).toEqual([
      [],
      [],
      ['from here on 1 in 8 packets'],
      [],
      ['from here on 1 in 1024 packets'],
      ['from here on every packet'],
    ]);
  });

  test('a share that wavers is told 4,096 times, and that it is told no more', () => {
    const at = packetComments(Infinity);
    const told = Array.from({ length: 10_000 }, (_, index) => at(0, 1 + (index % 2))).flat();
    expect(told).toHaveLength(4_096);
    expect(told.at(-1)).toBe('from here on 1 in 4 packets; later changes are not noted');
  });

  test('none is longer than is allowed for', () => {
    const at = packetComments(0);
    const [detected, rate] = at(0, 31);
    expect([detected, `${rate}; later changes are not noted`]).toEqual(longestComments);
  });
});

test('the head of the file says whose it is, one fact a line', () => {
  const request = {
    incident: 'inc-1',
    family: 'syn_flood',
    target: 'x'.repeat(1_000),
    policyDigest: null,
    detectedNs: 5e9,
  };
  const origin = { host: 'web-1', wallOffsetNs: BigInt(Date.parse('2026-11-03T10:00:00Z')) * 1_000_000n };
  const skipped = { empty: 9, torn: 1, tooOld: 3, fromTheFuture: 1 };
  expect(sectionComment(request, origin, skipped).split('\n')).toEqual([
    'incident: inc-1',
    'family: syn_flood',
    `target: ${'x'.repeat(256)}`,
    'policy: none',
    'host: web-1',
    'detected: 2026-11-03T10:00:05.000Z',
    'snap length: 128 bytes',
    'left out: 2 damaged records, 3 older than the window',
  ]);
});
