import { expect, it } from 'vitest';
import { readPorts } from './ports.ts';

it.each([
  [179, 179, 179],
  [1, 1, 1],
  [65_535, 65_535, 65_535],
  ['27000-27050', 27_000, 27_050],
  ['53-53', 53, 53],
])('reads %s', (written, from, to) => {
  expect(readPorts(written)).toEqual({ ok: true, value: { from, to } });
});

it.each([
  [0, 'out of range', null],
  [65_536, 'out of range', null],
  [-1, 'out of range', null],
  [5.5, 'is no port', null],
  ['0-10', 'out of range', null],
  ['10-70000', 'out of range', null],
  ['443-80', 'runs backwards', '80-443'],
  ['53', 'is no port', '53'],
  ['80,443', 'is no port', null],
  ['', 'is no port', null],
])('refuses %s', (written, message, suggestion) => {
  expect(readPorts(written)).toEqual({
    ok: false,
    message: expect.stringContaining(message) as string,
    suggestion,
  });
});
