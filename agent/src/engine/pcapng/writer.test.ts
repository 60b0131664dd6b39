import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockMemory, interfaceDescription, packetBytesMax, putPacket, sectionHeader } from './index.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('blocks, byte by byte', () => {
  test('a section header with its texts', () => {
    expect(hex(sectionHeader({ comment: 'abc', application: 'tide' }))).toBe(
      [
        '0a0d0d0a' + '30000000',
        '4d3c2b1a' + '0100' + '0000' + 'ffffffffffffffff',
        '0100' + '0300' + '61626300',
        '0400' + '0400' + '74696465',
        '00000000',
        '30000000',
      ].join(''),
    );
  });

  test('an Ethernet interface with nanoseconds', () => {
    expect(hex(interfaceDescription({ name: 'eth0', snapBytes: 128 }))).toBe(
      [
        '01000000' + '28000000',
        '0100' + '0000' + '80000000',
        '0200' + '0400' + '65746830',
        '0900' + '0100' + '09000000',
        '00000000',
        '28000000',
      ].join(''),
    );
  });

  test('a packet without comments has no options at all; padding is zero whatever was there before', () => {
    const memory = blockMemory(new Uint8Array(48).fill(0xee));
    const packet = { interfaceId: 1, timeHigh: 2, timeLow: 3, originalBytes: 60, comments: [] };
    expect(putPacket(memory, 4, { ...packet, data: Uint8Array.of(7, 8, 9) })).toBe(40);
    expect(hex(memory.bytes)).toBe(
      [
        'eeeeeeee',
        '06000000' + '24000000',
        '01000000' + '02000000' + '03000000' + '03000000' + '3c000000',
        '07080900',
        '24000000',
        'eeeeeeeeeeeeeeee',
      ].join(''),
    );
  });

  test('two comments are two options', () => {
    const memory = blockMemory(new Uint8Array(64));
    const packet = { interfaceId: 0, timeHigh: 0, timeLow: 0, originalBytes: 0, data: new Uint8Array(0) };
    const end = putPacket(memory, 0, { ...packet, comments: ['a', 'bcde'] });
    expect(hex(memory.bytes.subarray(28, end))).toBe(
      ['0100' + '0100' + '61000000', '0100' + '0400' + '62636465', '00000000', '34000000'].join(''),
    );
  });

  test('refuses a text that no option can hold', () => {
    expect(() => sectionHeader({ comment: 'x'.repeat(65_536), application: '' })).toThrow(
      'a pcapng option holds 65535 bytes, not 65536',
    );
  });
});

test('a packet never takes more than was said, and its two lengths agree', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 128 }),
      fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 3 }),
      (data, comments) => {
        const most = packetBytesMax(data.length, comments);
        const memory = blockMemory(new Uint8Array(most));
        const packet = { interfaceId: 0, timeHigh: 0, timeLow: 0, originalBytes: 1500, data, comments };
        const end = putPacket(memory, 0, packet);
        expect(end).toBeLessThanOrEqual(most);
        expect(end % 4).toBe(0);
        expect(memory.view.getUint32(4, true)).toBe(end);
        expect(memory.view.getUint32(end - 4, true)).toBe(end);
      },
    ),
  );
});
