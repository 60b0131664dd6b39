import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect } from './collect.contract.ts';
import { PcapngWriter } from './write.contract.ts';

const bytes = Uint8Array.of(1, 2, 3, 4, 5);
const text = (code: number, value: string) => ({ code, value: new TextEncoder().encode(value) });
const resolution = (value: number) => ({ code: 9, value: Uint8Array.of(value) });
const offset = (seconds: bigint, isLittle: boolean) => {
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigInt64(0, seconds, isLittle);
  return { code: 14, value };
};
const start = 1_700_000_000n;

describe.each([true, false])('pcapng, little-endian %s', (isLittle) => {
  const writer = () => new PcapngWriter(isLittle);

  it('each interface has its own link type, resolution and offset', () => {
    const file = writer()
      .section()
      .interface(1)
      .interface(113, [resolution(9)])
      .interface(101, [resolution(0x80 | 20), offset(start, isLittle)])
      .interface(276, [resolution(0)])
      .packet(0, start * 1_000_000n + 5n, bytes)
      .packet(1, start * 1_000_000_000n + 6001n, bytes)
      .packet(2, 1n << 20n, bytes, [], 900)
      .packet(3, start + 2n, bytes)
      .packet(1, start * 1_000_000_000n + 3_000_000_001n, bytes).bytes;
    const { frames, facts } = collect(file, [13]);
    expect(frames.map(({ linkType, atNs }) => [linkType, atNs])).toEqual([
      [1, 0],
      [113, 1001],
      [101, 999_995_000],
      [276, 1_999_995_000],
      [113, 2_999_995_001],
    ]);
    expect(frames[2]?.originalBytes).toBe(900);
    expect(facts).toMatchObject({ format: 'pcapng', frames: 5, damage: null });
    expect(facts.startedAtNs).toBe(start * 1_000_000_000n + 5000n);
  });

  it('reads the simple and the obsolete packet block, and steps over what is unknown', () => {
    const file = writer()
      .section()
      .block(0x0bad, Uint8Array.of(1, 2, 3))
      .interface(101, [], 4)
      .block(4, new Uint8Array(40))
      .obsoletePacket(0, start * 1_000_000n, bytes)
      .simplePacket(bytes.subarray(0, 4), 5)
      .block(5, new Uint8Array(16)).bytes;
    const { frames, facts } = collect(file, [3]);
    expect(frames.map((frame) => [[...frame.bytes], frame.originalBytes])).toEqual([
      [[1, 2, 3, 4, 5], 5],
      [[1, 2, 3, 4], 5],
    ]);
    expect(facts.damage).toBeNull();
  });

  it('gives comments of the section and of packets, the latter before their frame', () => {
    const file = writer()
      .section([text(1, 'incident: inc-1'), text(4, 'some tool')])
      .interface()
      .packet(0, 1n, bytes, [{ code: 2, value: Uint8Array.of(0, 0, 0, 1) }, text(1, 'detected here')]).bytes;
    expect(collect(file).comments).toEqual(['incident: inc-1', 'detected here']);
  });

  it('steps over a block that is too large to be held, whatever pieces it comes in', () => {
    const file = writer()
      .section()
      .interface()
      .block(10, new Uint8Array(3_000_000))
      .packet(0, 1n, bytes).bytes;
    for (const piece of [file.length, 65_536, 1_000_003]) {
      expect(collect(file, [piece]).facts).toMatchObject({ frames: 1, damage: null });
    }
    const cut = collect(file.subarray(0, 2_000_000));
    expect(cut.facts.damage).toMatchObject({ atByte: 2_000_000, unreadBytes: 0 });
    expect(cut.facts.damage?.reason).toMatch(/^the file ends \d+ bytes before the block that it is in$/);
  });
});

it('sections of both byte orders in one file, each with its own interfaces', () => {
  const part = (isLittle: boolean, linkType: number) =>
    new PcapngWriter(isLittle)
      .section()
      .interface(linkType)
      .packet(0, start * 1_000_000n, bytes).bytes;
  const file = Uint8Array.from([...part(true, 1), ...part(false, 113)]);
  expect(collect(file, [5]).frames.map(({ linkType, atNs }) => [linkType, atNs])).toEqual([
    [1, 0],
    [113, 0],
  ]);
});

it('gives the same frames whatever pieces the file comes in', () => {
  const file = new PcapngWriter()
    .section([text(1, 'x')])
    .interface()
    .packet(0, 7n, bytes, [text(1, 'y')])
    .packet(0, 9n, bytes).bytes;
  const whole = collect(file);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 }), (pieces) => {
      expect(collect(file, pieces)).toEqual(whole);
    }),
  );
});

describe('a file that lies', () => {
  const good = () => new PcapngWriter().section().interface().packet(0, 1n, bytes);
  const patched = (at: number, value: number): Uint8Array => {
    const file = good().packet(0, 2n, bytes).bytes;
    new DataView(file.buffer).setUint32(at, value, true);
    return file;
  };
  const second = good().bytes.length;

  it.each([
    ['a block of no size', second + 4, 0, 'a block says that it has 0 bytes'],
    ['a block of an odd size', second + 4, 41, 'a block says that it has 41 bytes'],
    [
      'a packet block beyond any size',
      second + 4,
      0x7fff_fffc,
      'a block of type 6 says that it has 2147483644 bytes, and 1048576 is the most',
    ],
    ['two lengths', second + 36, 44, 'a block of 40 bytes has another length at its end'],
    [
      'an interface that nobody described',
      second + 8,
      7,
      'a packet names an interface that is not described',
    ],
    [
      'more captured than the block holds',
      second + 20,
      100,
      'a packet block holds less of its frame than it says',
    ],
    [
      'more captured than anybody keeps',
      second + 20,
      0xffff_fff0,
      'a packet block says that it holds 4294967280 bytes of a frame, and 262144 is the most',
    ],
  ])('%s: what lies before is given, and the place is named', (_, at, value, reason) => {
    const { facts } = collect(patched(at, value));
    expect(facts).toMatchObject({ frames: 1, damage: { reason, atByte: second } });
  });

  it('a section without a byte order, and more interfaces than there can be', () => {
    const file = new PcapngWriter().section().bytes;
    file[8] = 0;
    expect(collect(file).facts.damage?.reason).toBe('a section header does not say its byte order');
    const writer = new PcapngWriter().section();
    for (let count = 0; count <= 4096; count++) writer.interface();
    expect(collect(writer.bytes).facts.damage?.reason).toBe('a section describes more than 4096 interfaces');
  });
});
