import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesIn, folderState, isDenied, readText, socketState } from './files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-doctor-'));
  writeFileSync(join(directory, 'a'), 'text');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('files', () => {
  it('are read, or said to be absent', () => {
    expect(readText(join(directory, 'a'))).toEqual({ text: 'text' });
    expect(readText(join(directory, 'b'))).toBe('absent');
    expect(readText(join(directory, 'a', 'b'))).toBe('absent');
    expect(() => readText(directory)).toThrow(/EISDIR/);
    expect(bytesIn(directory)).toBe(4);
    expect(bytesIn(join(directory, 'none'))).toBe('absent');
    expect(socketState(join(directory, 'none.sock'))).toBe('absent');
    expect(socketState(join(directory, 'a'))).toBe('usable');
  });

  it('tell a missing right from other errors', () => {
    expect(isDenied(Object.assign(new Error(), { code: 'EACCES' }))).toBe(true);
    expect(isDenied(Object.assign(new Error(), { code: 'ENOENT' }))).toBe(false);
    expect(isDenied('EACCES')).toBe(false);
  });
});

describe('a folder', () => {
  it('is looked at where it is, or would be', () => {
    mkdirSync(join(directory, 'there'));
    expect(folderState(join(directory, 'there'))).toMatchObject({
      at: join(directory, 'there'),
      problem: null,
    });
    const deep = join(directory, 'there/not/yet');
    expect(folderState(deep)).toMatchObject({ at: join(directory, 'there'), problem: null });
    expect(folderState(deep).freeBytes).toBeGreaterThan(0);
    expect(readdirSync(join(directory, 'there'))).toEqual([]);
  });

  it('cannot be a file, nor below one', () => {
    const file = join(directory, 'a');
    expect(folderState(file).problem).toBe('it is not a folder');
    expect(folderState(join(file, 'b')).problem).toBe(`${file} is not a folder`);
  });
});
