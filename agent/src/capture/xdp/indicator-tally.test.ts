import { parseAddress } from '@tidegate/schemas';
import { expect, test } from 'vitest';
import type { LoadedIndicators } from '../../kernel/xdp/indicators.ts';
import { createIndicatorTally } from './indicator-tally.ts';

const bytes = (address: string): Uint8Array => parseAddress(address).bytes;

/** Every address of 198.51.100.0/24 is in one feed, .7 in a second one too. */
function set(): LoadedIndicators & { asked: number } {
  const made = {
    asked: 0,
    feeds: [],
    counts: { v4: 2, v6: 0 },
    drops: true,
    builtAt: '2026-01-31T03:04:05.678Z',
    matchesOf: (address: Uint8Array) => {
      made.asked++;
      const wide = { feed: 'wide', entry: '198.51.100.0/24', action: 'count' as const };
      const narrow = { feed: 'narrow', entry: '198.51.100.7/32', action: 'drop' as const };
      return address[15] === 7 ? [narrow, wide] : [wide];
    },
  };
  return made;
}

test('adds what samples stand for, by feed and entry', () => {
  const [tally, indicators] = [createIndicatorTally(), set()];
  tally.begin(1);
  tally.add(indicators, bytes('198.51.100.7'), 64);
  tally.add(indicators, bytes('198.51.100.8'), 4);
  tally.add(indicators, bytes('198.51.100.8'), 4);
  expect(tally.top(9)).toEqual([
    { feed: 'wide', entry: '198.51.100.0/24', action: 'count', packets: 72 },
    { feed: 'narrow', entry: '198.51.100.7/32', action: 'drop', packets: 64 },
  ]);
  expect(indicators.asked).toBe(2);
});

test('looks up 16 sources a tick, and forgets by halves', () => {
  const [tally, indicators] = [createIndicatorTally(), set()];
  tally.begin(0);
  for (let host = 10; host < 60; host++) tally.add(indicators, bytes(`198.51.100.${host}`), 1);
  expect(tally.top(1)[0]!.packets).toBe(16);
  tally.begin(61e9);
  expect(tally.top(1)[0]!.packets).toBe(8);
  for (let minute = 2; minute < 8; minute++) tally.begin(minute * 61e9);
  expect(tally.top(1)).toEqual([]);
});

test('another set is asked anew', () => {
  const tally = createIndicatorTally();
  const [first, second] = [set(), set()];
  tally.begin(0);
  tally.add(first, bytes('198.51.100.7'), 1);
  tally.add(second, bytes('198.51.100.7'), 1);
  expect([first.asked, second.asked]).toEqual([1, 1]);
});
