/**
 * Files that were changed by chance, through readers and analysis: never a crash but the one error for what is no
 * capture, never a frame outside of the file, never more frames than a file can hold, always the same answer for the same
 * bytes however they come.
 */
import { TidegateError, check } from '@tidegate/schemas';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CaptureAnalysis } from '../analyze/index.ts';
import { SeededRandom } from '../generator/index.ts';
import { collect } from './collect.contract.ts';
import { PcapngWriter, pcapFile } from './write.contract.ts';

const rounds = process.env['TIDEGATE_TEST_FULL'] === '1' ? 5000 : 160;
/** An analysis has tables of 15 MB to fill; the readers are what hostile bytes meet first. */
const analysisEvery = 8;
const folder = join(import.meta.dirname, 'fixtures');
const frame = new Uint8Array(60).fill(0x45);
const option = { code: 1, value: new TextEncoder().encode('a comment') };

const seeds: [name: string, file: Uint8Array][] = [
  ...readdirSync(folder)
    .filter((name) => /\.pcap/.test(name))
    .map((name): [string, Uint8Array] => [name, Uint8Array.from(readFileSync(join(folder, name)))]),
  ['big-endian pcap', pcapFile([{ atNs: 1n, bytes: frame }], { isLittle: false, resolution: 'nano' })],
  [
    'every block',
    new PcapngWriter(false)
      .section([option])
      .interface(1, [{ code: 9, value: Uint8Array.of(6) }])
      .packet(0, 1n, frame, [option])
      .obsoletePacket(0, 2n, frame)
      .simplePacket(frame)
      .block(4, new Uint8Array(20)).bytes,
  ],
];

/** Numbers at which parsers break. */
const edges = [0, 1, 3, 0x7f, 0x80, 0xff] as const;

function mutated(file: Uint8Array, random: SeededRandom): Uint8Array {
  let bytes = file.slice();
  for (let change = random.integer(1, 6); change > 0; change--) {
    const at = random.integer(0, bytes.length - 1);
    switch (random.integer(0, 5)) {
      case 0:
        bytes[at] = random.integer(0, 255);
        break;
      case 1:
        bytes.fill(random.pick(edges), at, at + random.integer(1, 8));
        break;
      case 2:
        bytes = bytes.subarray(0, Math.max(1, at));
        break;
      case 3:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + random.integer(1, 16))]);
        break;
      case 4: {
        const from = random.integer(0, bytes.length - 1);
        bytes = Uint8Array.from([
          ...bytes.subarray(0, at),
          ...bytes.subarray(from, from + 64),
          ...bytes.subarray(at),
        ]);
        break;
      }
      default:
        if (at + 4 <= bytes.length)
          new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, random.uint32());
    }
    if (bytes.length === 0) return Uint8Array.of(0);
  }
  return bytes;
}

/** What is read, or the code of the error. */
function outcome<Value>(read: () => Value): Value | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof TidegateError && error.code === 'TG5006') return error.code;
    throw error;
  }
}

describe('files that were changed by chance', () => {
  it.each(seeds)('%s', (name, file) => {
    const random = new SeededRandom(`fuzz ${name}`);
    for (let round = 0; round < rounds; round++) {
      const bytes = mutated(file, random);
      const whole = outcome(() => collect(bytes));
      expect(outcome(() => collect(bytes, [random.integer(1, 40), random.integer(1, 400)]))).toEqual(whole);
      if (typeof whole !== 'string') {
        const { frames, facts } = whole;
        expect(frames.length).toBeLessThanOrEqual(bytes.length / 16);
        expect(facts.bytes).toBe(bytes.length);
        const { damage } = facts;
        if (damage !== null) expect(damage.atByte + damage.unreadBytes).toBe(bytes.length);
      }
      if (round % analysisEvery !== 0) continue;
      const analysis = new CaptureAnalysis();
      const report = outcome(() => {
        analysis.push(bytes);
        return analysis.end();
      });
      if (typeof report !== 'string') expect(check('analysis', report)).toMatchObject({ ok: true });
    }
  });
});
