import { TidegateError, check } from '@tidegate/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterNames } from '../types.ts';
import type { Reading } from '../types.ts';
import { recordedWindow } from './decode.ts';
import { RecordingReader, recordedLine, recordingHeader } from './index.ts';
import type { RecordedWindow } from './index.ts';
import { LineReader } from './lines.ts';

const header = recordingHeader({
  node: 'web-1',
  startedAt: '2026-01-01T00:00:00.000Z',
  windowMs: 100,
  protect: ['203.0.113.0/24'],
});
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const address = fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::1', '2001:db8:0:1::ffff'));
const count = fc.oneof(fc.constant(0), fc.nat(1e6), fc.maxSafeNat());
const atNs = fc.nat(7 * 86_400_000).map((ms) => ms * 1e6 + 125_000);
const sample = fc.record(
  {
    ...{
      target: address,
      atNs,
      length: fc.integer({ min: 1, max: 65_575 }),
      rate: fc.integer({ min: 1, max: 2 ** 24 }),
    },
    data: fc.uint8Array({ minLength: 20, maxLength: 128 }),
    isIndicator: fc.constant(true),
    label: fc.constantFrom('legitimate' as const, 'attack' as const),
  },
  { requiredKeys: ['target', 'atNs', 'length', 'rate', 'data'] },
);
const host = fc.record({
  ...{ listenOverflows: fc.nat(1000), synCookiesSent: fc.nat(1000), cardDrops: fc.nat(1000) },
  softirqShare: fc.double({ min: 0, max: 1, noNaN: true }).map((share) => share + 0),
});
const reading: fc.Arbitrary<Reading> = fc.record(
  {
    atNs,
    intervalNs: fc.integer({ min: 1, max: 1e10 }),
    targets: fc.array(
      fc.record({
        target: address,
        counts: fc
          .array(count, { minLength: counterNames.length, maxLength: counterNames.length })
          .map((counts) => Float64Array.from(counts)),
      }),
      { maxLength: 5 },
    ),
    samples: fc.array(sample, { maxLength: 5 }),
    samplesLost: fc.nat(100),
    uncountedPackets: fc.nat(100),
    host,
  },
  { requiredKeys: ['atNs', 'intervalNs', 'targets', 'samples', 'samplesLost', 'uncountedPackets'] },
);

/** What any JSON reader would make of the line. */
const generally = (line: string): RecordedWindow => {
  const checked = check('recording-window', JSON.parse(line));
  if (!checked.ok) throw new Error(checked.problems[0].message);
  if (checked.value.targets.some(({ counts }) => counts.length !== counterNames.length))
    throw new Error('a counter too many or too few');
  return recordedWindow(checked.value, Int32Array.from(counterNames.keys()));
};

const readAll = (
  bytes: Uint8Array,
  pieceBytes: number,
): { windows: RecordedWindow[]; reader: RecordingReader } => {
  const reader = new RecordingReader('test.ndjson');
  const windows: RecordedWindow[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    windows.push(...reader.push(bytes.subarray(at, at + pieceBytes)));
  windows.push(...reader.end());
  return { windows, reader };
};

describe('a line', () => {
  it('gives back what was written into it', () => {
    const lines = new LineReader(header);
    fc.assert(
      fc.property(reading, (written) => {
        const line = recordedLine(written);
        expect(lines.read(utf8(line))).toEqual({ reading: written });
        expect(generally(line)).toEqual({ reading: written });
      }),
    );
  });

  it('carries labels', () => {
    const labels = [{ target: '203.0.113.10', family: 'syn_flood' }];
    const written = fc.sample(reading, 1)[0]!;
    expect(new LineReader(header).read(utf8(recordedLine(written, labels)))).toEqual({
      reading: written,
      labels,
    });
  });

  it('that was changed anywhere is refused, or read as any JSON reader would read it', () => {
    const lines = new LineReader(header);
    const change = fc.record({
      at: fc.nat(),
      remove: fc.nat(3),
      insert: fc.constantFrom('', '"', '0', ' ', '-', '1e3', ',"targets":[]', '\\u0031'),
    });
    fc.assert(
      fc.property(reading, change, (written, { at, remove, insert }) => {
        const line = recordedLine(written);
        const from = at % line.length;
        const changed = line.slice(0, from) + insert + line.slice(from + remove);
        let expected: RecordedWindow | null = null;
        try {
          expected = generally(changed);
        } catch {
          // It is no window any more.
        }
        try {
          expect(lines.read(utf8(changed))).toEqual(expected);
        } catch (error) {
          if (!(error instanceof TidegateError)) throw error;
          expect([error.code, expected]).toEqual(['TG1014', null]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps counters of 64 bits as well as a number can', () => {
    const line = recordedLine({
      ...fc.sample(reading, 1)[0]!,
      targets: [{ target: '203.0.113.10', counts: new Float64Array(counterNames.length) }],
    });
    for (const digits of ['18446744073709551615', '9007199254740993', '999999999999999']) {
      const { reading: read } = new LineReader(header).read(
        utf8(line.replace('"0"', `"${digits}"`)),
      ) as RecordedWindow;
      expect(read.targets[0]!.counts[0]).toBe(Number(digits));
    }
  });
});

describe('a recording', () => {
  const at = (ms: number): Reading => ({
    ...{ atNs: ms * 1e6, intervalNs: 100e6, samples: [], samplesLost: 0, uncountedPackets: 0 },
    targets: [{ target: '203.0.113.10', counts: new Float64Array(counterNames.length).fill(ms) }],
  });
  const end = { schema: 'tidegate/recording-end/v1', windows: 2, windowsLost: 3, reason: 'size' };
  const text = (...lines: unknown[]): Uint8Array =>
    utf8(
      [
        JSON.stringify(header),
        ...lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))),
      ].join('\n'),
    );

  it('is the same in pieces of any size, with and without a last line end', () => {
    const whole = text(recordedLine(at(100)), recordedLine(at(200)), end);
    for (const bytes of [whole, utf8(`${new TextDecoder().decode(whole)}\n`)])
      for (const pieceBytes of [1, 7, 64, 100_000]) {
        const { windows, reader } = readAll(bytes, pieceBytes);
        expect(windows).toEqual([{ reading: at(100) }, { reading: at(200) }]);
        expect([reader.trailer, reader.lines]).toEqual([end, 4]);
      }
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', utf8(''), /^test\.ndjson:1: the file is empty/],
    [
      'another header',
      utf8(JSON.stringify({ ...header, schema: 'tidegate/recording/v9' })),
      /^test\.ndjson:1: \/schema/,
    ],
    [
      'a window after the end',
      text(recordedLine(at(100)), end, recordedLine(at(200))),
      /^test\.ndjson:4: the recording has ended/,
    ],
    [
      'time that stands still',
      text(recordedLine(at(100)), recordedLine(at(100))),
      /^test\.ndjson:3: \/atMs: 100 is not after 100/,
    ],
    ['an end that is wrong', text({ ...end, reason: 'boredom' }), /^test\.ndjson:2: \/reason/],
    [
      'bytes that are no text',
      Uint8Array.of(...text(), 10, 0xff, 0xfe, 10),
      /^test\.ndjson:2: it is not JSON/,
    ],
  ])('with %s is one error that names the line', (_, bytes, message) => {
    expect(() => readAll(bytes, 50)).toThrow(
      expect.objectContaining({ code: 'TG1014', message: expect.stringMatching(message) as string }),
    );
  });

  it('counts classes by their names, and leaves out those that it does not know', () => {
    const other = { ...header, classes: ['bytes', 'unheardOf', 'packets'] };
    const window = {
      atMs: 100,
      intervalMs: 100,
      targets: [{ target: '203.0.113.10', counts: ['7', '8', '9'] }],
      samples: [],
    };
    const { windows } = readAll(utf8(`${JSON.stringify(other)}\n${JSON.stringify(window)}\n`), 1000);
    const [counts] = windows.map(({ reading: read }) => read.targets[0]!.counts);
    expect([counts![0], counts![1], counts!.reduce((sum, one) => sum + one)]).toEqual([9, 7, 16]);
  });

  it('refuses a line without end before it fills the memory', () => {
    const reader = new RecordingReader('test.ndjson');
    const piece = new Uint8Array(8 * 1024 * 1024).fill(0x20);
    const push = (): void => {
      for (let turn = 0; turn < 9; turn++)
        for (const window of reader.push(piece)) expect(window).toBeUndefined();
    };
    expect(push).toThrow(/^test\.ndjson:1: the line is longer than 67108864 bytes/);
  });
});
