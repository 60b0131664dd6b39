import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SlotFile } from './slot-file.ts';

let directory: string;
let path: string;
const read = (): unknown => new SlotFile(path).read();
function write(...values: unknown[]): void {
  const file = new SlotFile(path);
  for (const value of values) file.write(value);
  file.close();
}
/** Destroys the slot that holds `text`. */
function damage(text: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(text);
  expect(at).toBeGreaterThan(0);
  bytes.write('#', at);
  writeFileSync(path, bytes);
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-slots-'));
  path = join(directory, 'value.state');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('SlotFile', () => {
  it('gives nothing where nothing was written, and what was written last', () => {
    expect(read()).toBeUndefined();
    write({ turn: 1 });
    expect(read()).toEqual({ turn: 1 });
    write({ turn: 2 }, { turn: 3 });
    expect(read()).toEqual({ turn: 3 });
  });

  it('takes a shorter value after a longer one', () => {
    write(['a'.repeat(10_000)], ['b'.repeat(10_000)], ['c']);
    expect(read()).toEqual(['c']);
  });

  it('goes on after a restart without touching the newest value first', () => {
    write('first', 'second');
    write('third');
    damage('third');
    expect(read()).toBe('second');
  });

  it('falls back to the value before when the newest is half written, and to nothing when both are', () => {
    write('before', 'newest');
    damage('newest');
    expect(read()).toBe('before');
    damage('before');
    expect(read()).toBeUndefined();
  });

  it('survives any content', () => {
    writeFileSync(path, 'not a slot');
    expect(read()).toBeUndefined();
    write('good');
    expect(read()).toBe('good');
  });

  it('refuses what is too large, and keeps what it has', () => {
    const file = new SlotFile(path);
    file.write('kept');
    expect(() => {
      file.write('x'.repeat(2_100_000));
    }).toThrow(/too many/);
    expect(file.read()).toBe('kept');
    file.close();
  });
});
