import { expect, test } from 'vitest';
import { sizeText } from './size-text.ts';

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [9949, '9.9 kB'],
  [9950, '10 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [268_435_456, '268 MB'],
  [5e9, '5.0 GB'],
  [3e15, '3000 TB'],
])('%i: %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});
