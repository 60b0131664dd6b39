import { TidegateError } from '@tidegate/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect } from './collect.contract.ts';
import { pcapFile } from './write.contract.ts';

const start = 1_700_000_000_123_456_789n;
const frames = [
  { atNs: start, bytes: Uint8Array.of(1, 2, 3) },
  { atNs: start + 5_000n, bytes: Uint8Array.of(4), originalBytes: 1500 },
  { atNs: start + 2_000_000_000n, bytes: new Uint8Array(0) },
];

describe('pcap', () => {
  const variants = ([true, false] as const).flatMap((isLittle) =>
    (['micro', 'nano', 'kuznetzov'] as const).map((resolution) => ({ isLittle, resolution })),
  );
  it.each(variants)('is read in every byte order and resolution: %o', (variant) => {
    const { frames: found, facts } = collect(pcapFile(frames, { ...variant, linkType: 113 }));
    expect(found.map(({ bytes }) => [...bytes])).toEqual([[1, 2, 3], [4], []]);
    expect(found.map(({ originalBytes, linkType }) => [originalBytes, linkType])).toEqual([
      [3, 113],
      [1500, 113],
      [0, 113],
    ]);
    expect(found.map(({ atNs }) => atNs)).toEqual([0, 5000, 2e9]);
    const exact = variant.resolution === 'nano' ? start : start - (start % 1000n);
    expect(facts).toMatchObject({ format: 'pcap', frames: 3, startedAtNs: exact, damage: null });
  });

  it('gives the same frames whatever pieces the file comes in', () => {
    const file = pcapFile(frames);
    const whole = collect(file);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }), (pieces) => {
        expect(collect(file, pieces)).toEqual(whole);
      }),
    );
  });

  it('a file that is cut off anywhere gives what is whole and says where it ends', () => {
    const file = pcapFile(frames);
    const ends = [24, 43, 60, 76];
    for (let length = 24; length < file.length; length++) {
      const { facts } = collect(file.subarray(0, length));
      const whole = ends.filter((end) => end <= length);
      const atByte = whole.at(-1)!;
      expect(facts.frames).toBe(whole.length - 1);
      expect(facts.damage).toEqual(
        atByte === length
          ? null
          : { reason: 'the file ends in the middle of a record', atByte, unreadBytes: length - atByte },
      );
    }
  });

  it('a record that cannot be is where reading ends', () => {
    const file = pcapFile(frames);
    new DataView(file.buffer).setUint32(43 + 8, 262_145, true);
    const { facts } = collect(file, [7]);
    expect(facts).toMatchObject({ frames: 1, damage: { atByte: 43, unreadBytes: file.length - 43 } });
    expect(facts.damage?.reason).toBe(
      'a record says that it holds 262145 bytes of a frame, and 262144 is the most',
    );
  });

  it('the upper bits of the link type say something else', () => {
    const file = pcapFile(frames, { linkType: 0x7400_0001 });
    expect(collect(file).frames[0]?.linkType).toBe(1);
  });

  it.each([
    ['nothing', [], 'it is empty.'],
    ['gzip', [0x1f, 0x8b, 8, 0], 'it is compressed with gzip; unpack it first.'],
    ['Zstandard', [0x28, 0xb5, 0x2f, 0xfd], 'it is compressed with Zstandard; unpack it first.'],
    [
      'text',
      [0x61, 0x62, 0x63, 0x64],
      'it is neither pcap nor pcapng: it begins with 0x61626364 and has only 4 bytes.',
    ],
    [
      'a pcap without its header',
      [0xd4, 0xc3, 0xb2, 0xa1],
      'it is neither pcap nor pcapng: it begins with 0xd4c3b2a1 and has only 4 bytes.',
    ],
  ])('%s is one clear error', (_, bytes, message) => {
    expect(() => collect(Uint8Array.from(bytes))).toThrow(new TidegateError('TG5006', message));
  });
});
