import { expect, test } from 'vitest';
import { ruleFlag, structs } from '../../kernel/xdp/index.ts';
import { combinationsOf, encodeRules, kernelId, ruleId } from './encode.ts';

const { fields } = structs.tg_rule;
const id = 'mit-00000000000000ff';
const destination = '203.0.113.5/32';

test('ids survive the way to 64 bits and back', () => {
  for (const text of ['mit-0000000000000001', 'mit-ffffffffffffffff', id])
    expect(ruleId(kernelId(text))).toBe(text);
});

test('several ranges become every combination of one of each', () => {
  const match = {
    destination,
    sourcePorts: [
      { from: 53, to: 53 },
      { from: 123, to: 123 },
    ],
    packetLengths: [
      { from: 100, to: 200 },
      { from: 1000, to: 1500 },
    ],
  };
  expect(combinationsOf(match)).toHaveLength(4);
  expect(combinationsOf({ destination })).toEqual([
    { sourcePorts: null, destinationPorts: null, packetLengths: null },
  ]);
});

test('ranges that overlap or touch become one, so that no packet counts twice', () => {
  const sourcePorts = [
    { from: 50, to: 60 },
    { from: 61, to: 70 },
    { from: 10, to: 20 },
    { from: 15, to: 55 },
  ];
  expect(combinationsOf({ destination, sourcePorts }).map((combination) => combination.sourcePorts)).toEqual([
    { from: 10, to: 70 },
  ]);
  expect(sourcePorts[0]).toEqual({ from: 50, to: 60 });
});

test('prefixes become network and mask in network order, IPv4 in its mapped form', () => {
  const [rule] = encodeRules({
    id,
    ttlMs: 1,
    verdict: 'drop',
    match: { destination, source: '198.50.0.0/15' },
  });
  const at = (offset: number): string => Buffer.from(rule!.subarray(offset, offset + 16)).toString('hex');
  expect(rule![fields.family]).toBe(4);
  expect(at(fields.destination)).toBe('00000000000000000000ffffcb007105');
  expect(at(fields.destination_mask)).toBe('ffffffffffffffffffffffffffffffff');
  expect(at(fields.source)).toBe('00000000000000000000ffffc6320000');
  expect(at(fields.source_mask)).toBe('fffffffffffffffffffffffffffe0000');
});

test('only what is said becomes a condition', () => {
  const flagsOf = (match: object): number | undefined =>
    encodeRules({ id, ttlMs: 1, verdict: 'count', match: { destination, ...match } })[0]?.[fields.flags];
  expect(flagsOf({})).toBe(0);
  expect(flagsOf({ protocol: 0 })).toBe(ruleFlag.protocol);
  expect(flagsOf({ protocol: 6, tcpFlags: { mask: 18, value: 2 } })).toBe(
    ruleFlag.protocol | ruleFlag.tcpFlags,
  );
  expect(flagsOf({ sourcePorts: [{ from: 0, to: 0 }] })).toBe(ruleFlag.sourcePorts);
});
