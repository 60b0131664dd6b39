import { describe, expect, it } from 'vitest';
import { digestOf, keyIdOf } from './digest.ts';
import { utf8 } from './bytes.ts';
import { batchSigningText, bundleSigningText } from './signing-text.ts';

describe('digestOf', () => {
  it('is SHA-256 (FIPS 180-4, example "abc")', () => {
    const digest = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(digestOf('abc')).toBe(digest);
    expect(digestOf(utf8('abc'))).toBe(digest);
  });
});

describe('keyIdOf', () => {
  it('is the beginning of the hash of the raw key', () => {
    expect(keyIdOf(utf8('abc'))).toBe('ba7816bf8f01cfea');
  });
});

describe('signing texts', () => {
  it('begin with different context lines', () => {
    expect(bundleSigningText('{}')).toBe('tidegate/bundle/v1\n{}');
    expect(batchSigningText({ agent: 'web-1', firstSeq: 1, lastSeq: 2, head: 'sha256:00' })).toBe(
      'tidegate/audit-batch/v1\nweb-1\n1\n2\nsha256:00\n',
    );
  });
});
