import { addressBytes } from '@tidegate/schemas';
import { expect, test } from 'vitest';
import { wordPrefix } from './filter.ts';
import { captureMemory, captureMemoryBytes, overflowRow, rowCounters, word } from './memory.ts';
import { isTakenRow, noRow, RowTable } from './rows.ts';

const minuteMs = 60_000;
const memoryFor = (targetsMax: number) =>
  captureMemory(new ArrayBuffer(captureMemoryBytes(targetsMax)), targetsMax);
const words = (address: string): Int32Array => {
  const view = new DataView(addressBytes(address).buffer);
  return Int32Array.from([0, 4, 8, 12], (at) => view.getInt32(at));
};
const all = [wordPrefix('10.0.0.0/8'), wordPrefix('2001:db8::/32')];

test('gives each protected address one row, and others none', () => {
  const memory = memoryFor(100);
  const table = new RowTable(memory, all, 1, 0);
  const rows = Array.from({ length: 50 }, (_, host) => table.rowOf(words(`10.0.0.${host}`)));
  expect(new Set(rows).size).toBe(50);
  expect(rows).not.toContain(overflowRow);
  expect(table.rowOf(words('10.0.0.7'))).toBe(rows[7]);
  expect(table.rowOf(words('2001:db8::7'))).toBe(51);
  expect(table.rowOf(words('192.0.2.1'))).toBe(noRow);
  // The mapped form as an IPv6 prefix is not IPv4's.
  expect(table.rowOf(words('2001:db9::1'))).toBe(noRow);
});

test('a full table counts in the overflow row', () => {
  const table = new RowTable(memoryFor(16), all, 1, 0);
  const rows = Array.from({ length: 20 }, (_, host) => table.rowOf(words(`10.0.0.${host}`)));
  expect(rows.filter((row) => row === overflowRow)).toHaveLength(4);
  expect(table.rowOf(words('10.0.0.3'))).toBe(rows[3]);
});

test('when nearly full, silent addresses make room; when not, nobody has to go', () => {
  const memory = memoryFor(16);
  const table = new RowTable(memory, all, 1, 0);
  const fill = (from: number, to: number): void => {
    for (let host = from; host < to; host++) table.rowOf(words(`10.0.0.${host}`));
  };
  fill(0, 10);
  table.reclaim(60 * minuteMs);
  expect(memory.words[word.rowsUsed]).toBe(11);
  expect(isTakenRow(memory, 3)).toBe(true);
  fill(10, 16);
  const busy = table.rowOf(words('10.0.0.5'));
  memory.counters[busy * rowCounters] = 7;
  table.touch(busy, 59 * minuteMs);
  const silent = table.rowOf(words('10.0.0.6'));
  memory.counters[silent * rowCounters] = 9;
  const epoch = memory.epochs[silent]!;
  table.reclaim(60 * minuteMs);
  expect(isTakenRow(memory, busy)).toBe(true);
  expect(memory.counters[busy * rowCounters]).toBe(7);
  expect(isTakenRow(memory, silent)).toBe(false);
  expect(memory.counters[silent * rowCounters]).toBe(0);
  fill(100, 115);
  expect(table.rowOf(words('10.0.0.100'))).not.toBe(overflowRow);
  expect(isTakenRow(memory, silent)).toBe(true);
  expect(memory.epochs[silent]).toBe(epoch + 2);
  expect(table.rowOf(words('10.0.0.5'))).toBe(busy);
});

test('addresses that are no longer protected lose their rows', () => {
  const memory = memoryFor(16);
  const table = new RowTable(memory, all, 1, 0);
  const [leaving, staying] = [table.rowOf(words('10.0.0.1')), table.rowOf(words('2001:db8::1'))];
  table.setPrefixes([wordPrefix('2001:db8::/64')]);
  expect(isTakenRow(memory, leaving)).toBe(false);
  expect(table.rowOf(words('10.0.0.1'))).toBe(noRow);
  expect(table.rowOf(words('2001:db8::1'))).toBe(staying);
});

test('a process that is started again finds the rows of the one before', () => {
  const memory = memoryFor(16);
  const before = new RowTable(memory, all, 1, 0);
  const rows = [1, 2, 3].map((host) => before.rowOf(words(`10.0.0.${host}`)));
  before.setPrefixes([wordPrefix('10.0.0.2/31')]);
  const after = new RowTable(memory, all, 2, 0);
  expect([2, 3].map((host) => after.rowOf(words(`10.0.0.${host}`)))).toEqual(rows.slice(1));
  expect(after.rowOf(words('10.0.0.9'))).toBe(rows[0]);
});
