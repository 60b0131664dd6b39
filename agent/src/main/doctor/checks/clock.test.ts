import { expect, test } from 'vitest';
import { look } from '../healthy.contract.ts';
import { clock } from './clock.ts';

test('a clock that nobody keeps right is a warning', async () => {
  expect(await look(clock)).toMatchObject({ status: 'ok', found: 'synchronised, within 12 ms' });
  const host = { clock: () => ({ isSynchronised: false, errorMsMax: 16_000 }) };
  expect(await look(clock, { host })).toMatchObject({ status: 'warn' });
});
