import { describe, expect, it } from 'vitest';
import { errorCatalogue } from './catalogue.ts';
import { TidegateError } from './tidegate-error.ts';

describe('errorCatalogue', () => {
  const codes = Object.keys(errorCatalogue);

  it('is in ascending order, in the five blocks', () => {
    expect(codes).toEqual([...codes].sort());
    expect(codes.filter((code) => !/^TG[1-5][0-9]{3}$/.test(code))).toEqual([]);
  });

  it.each(Object.entries(errorCatalogue))(
    '%s has a short title and says what to do',
    (_, { title, fix, next }) => {
      expect(title).toMatch(/^\S.{4,58}[^.]$/);
      expect(fix).toMatch(/^\S.+\.$/);
      expect(['stalling', 'waiting', 'retry']).toContain(next);
    },
  );
});

describe('TidegateError', () => {
  it('carries its code, its entry and its cause', () => {
    const cause = new Error('disk full');
    const error = new TidegateError('TG2008', '/var/lib/tidegate cannot be written.', { cause });
    expect(error).toMatchObject({
      name: 'TidegateError',
      code: 'TG2008',
      cause,
      entry: errorCatalogue.TG2008,
    });
    expect(String(error)).toBe('TidegateError: /var/lib/tidegate cannot be written.');
  });
});
