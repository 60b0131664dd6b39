import { expect, test } from 'vitest';
import { ipOffset } from './link.ts';

const macs = new Array<number>(12).fill(2);
const frame = (...bytes: number[]): Uint8Array =>
  Uint8Array.from([...bytes, ...new Array<number>(20).fill(0)]);

test.each([
  ['ETHERNET', frame(...macs, 0x08, 0x00), 14],
  ['ETHERNET', frame(...macs, 0x86, 0xdd), 14],
  ['ETHERNET', frame(...macs, 0x81, 0x00, 0, 7, 0x08, 0x00), 18],
  ['ETHERNET', frame(...macs, 0x88, 0xa8, 0, 7, 0x81, 0x00, 0, 9, 0x86, 0xdd), 22],
  ['ETHERNET', frame(...macs, 0x81, 0x00, 0, 7, 0x81, 0x00, 0, 8, 0x81, 0x00, 0, 9, 0x08, 0x00), -1],
  ['ETHERNET', frame(...macs, 0x08, 0x06), -1],
  ['LINKTYPE_LINUX_SLL', frame(0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0x00), 16],
  ['LINKTYPE_LINUX_SLL', frame(0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x81, 0x00, 0, 7, 0x86, 0xdd), 20],
  ['RAW', frame(0x45), 0],
  ['NULL', frame(2, 0, 0, 0, 0x45), 4],
] as const)('%s: the IP header of %j', (link, bytes, offset) => {
  expect(ipOffset(link, bytes, bytes.length)).toBe(offset);
});

test('a frame that is cut off before its type has no IP header', () => {
  for (let captured = 0; captured < 14; captured++) {
    expect(ipOffset('ETHERNET', frame(...macs, 0x08, 0x00), captured)).toBe(-1);
  }
  expect(ipOffset('RAW', frame(0x45), 0)).toBe(-1);
  expect(ipOffset('NULL', frame(2, 0, 0, 0, 0x45), 4)).toBe(-1);
});
