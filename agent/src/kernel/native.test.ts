import { expect, test } from 'vitest';
import { loadLibrary } from './native.ts';

test('a library that is missing is named', () => {
  expect(() => loadLibrary('libtidegate-none.so.9')).toThrow(/^libtidegate-none\.so\.9 cannot be loaded: /);
});
