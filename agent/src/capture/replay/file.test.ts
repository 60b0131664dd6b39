import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SeededRandom, generate, pings, recordGenerated, udpFlood } from '../../engine/generator/index.ts';
import { openReplay, readRecording } from './index.ts';

const target = '203.0.113.10';
const seed = 'recording';
const scenario = () => {
  const random = new SeededRandom(seed);
  const attack = { target, startNs: 250e6, endNs: 450e6 };
  const flood = udpFlood({
    ...attack,
    random,
    packetsPerSecond: 5000,
    port: 80,
    payloadBytes: { from: 64, to: 64 },
  });
  const sources = [pings({ target, random, packetsPerSecond: 100 }), flood];
  return { seed, sources, durationMs: 600, attacks: [{ ...attack, family: 'udp_flood' }] };
};
const options = () => ({
  ...scenario(),
  node: 'synthetic',
  startedAt: '2026-01-01T00:00:00.000Z',
  protect: ['203.0.113.0/24'],
});

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), `tg-${process.pid}-`));
  path = join(folder, 'recording.ndjson');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const write = (lines: readonly string[]): void =>
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));

function errorOf(read: () => unknown): TidegateError {
  try {
    read();
  } catch (error) {
    if (error instanceof TidegateError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('a recording', () => {
  it('gives back the readings that it was made from', () => {
    write([...recordGenerated(options())]);
    const { header, windows } = readRecording(path);
    expect(header).toMatchObject({ node: 'synthetic', seed, windowMs: 100 });
    const replayed = [...windows].map(({ reading }) => reading);
    const generated = [...generate(scenario())].map(({ reading }) => reading);
    expect(replayed).toEqual(generated);
  });

  it('says in which windows the attack is on', () => {
    write([...recordGenerated(options())]);
    const labels = [...readRecording(path).windows].map((window) =>
      window.labels?.map(({ family }) => family),
    );
    expect(labels).toEqual([[], [], ['udp_flood'], ['udp_flood'], ['udp_flood'], []]);
  });

  it('is replayed in its own time, and then stands still', () => {
    write([...recordGenerated(options())]);
    const source = openReplay(readRecording(path));
    expect(source.clock.wallMs()).toBe(Date.UTC(2026, 0, 1));
    const times: number[] = [];
    while (!source.ended) times.push(source.read().atNs / 1e6);
    expect(times).toEqual([100, 200, 300, 400, 500, 600]);
    expect(source.clock.wallMs()).toBe(Date.UTC(2026, 0, 1) + 600);
    expect(source.read()).toMatchObject({ atNs: 600e6, targets: [], samples: [] });
  });

  it('may come without a line end at its end, and in lines longer than what is read at once', () => {
    const lines = [...recordGenerated({ ...options(), windowMs: 600 })];
    expect(Math.max(...lines.map((line) => line.length))).toBeGreaterThan(65_536);
    writeFileSync(path, lines.join('\n'));
    expect([...readRecording(path).windows]).toHaveLength(1);
  });
});

describe('a recording that is wrong', () => {
  const broken = (change: (lines: string[]) => string[]): TidegateError => {
    write(change([...recordGenerated(options())]));
    return errorOf(() => [...readRecording(path).windows]);
  };
  const edited = (line: number, from: string | RegExp, to: string) => (lines: string[]) =>
    lines.map((text, index) => (index === line - 1 ? text.replace(from, to) : text));

  it.each<[string, (lines: string[]) => string[], number]>([
    ['an empty file', () => [], 1],
    ['no header', (lines) => lines.slice(1), 1],
    ['another version', edited(1, 'recording/v1', 'recording/v9'), 1],
    ['a header without a needed counter', edited(1, '"packets"', '"pakets"'), 1],
    ['half a line', (lines) => [...lines.slice(0, 3), lines[3]!.slice(0, 40)], 4],
    ['an unknown key', edited(4, '{"atMs"', '{"speed":1,"atMs"'), 4],
    ['a counter too few', edited(3, /"counts":\["\d+",/, '"counts":['), 3],
    ['a counter that is no number', edited(3, /"counts":\["\d+"/, '"counts":["many"'), 3],
    ['time that runs backwards', (lines) => [...lines.slice(0, 4), lines[2]!], 5],
    ['an empty line', (lines) => [...lines.slice(0, 2), '', ...lines.slice(2)], 3],
  ])('%s: one error with file and line', (_, change, line) => {
    const error = broken(change);
    expect(error.code).toBe('TG1014');
    expect(error.message).toContain(`${path}:${line}: `);
  });

  it('says which file it cannot read', () => {
    const missing = join(folder, 'missing.ndjson');
    expect(errorOf(() => readRecording(missing))).toMatchObject({
      code: 'TG5003',
      message: expect.stringContaining(missing) as string,
    });
    expect(errorOf(() => readRecording(folder))).toMatchObject({ code: 'TG5003' });
  });
});
