import { expect, test } from 'vitest';
import { clockState } from './clock-state.ts';

test('the kernel says how far it trusts the clock', () => {
  const { isSynchronised, errorMsMax } = clockState();
  expect(typeof isSynchronised).toBe('boolean');
  expect(errorMsMax).toBeGreaterThanOrEqual(0);
  // NTP_PHASE_LIMIT of the kernel: 16 s, at which it counts as not synchronised.
  expect(errorMsMax).toBeLessThanOrEqual(16_000);
});
