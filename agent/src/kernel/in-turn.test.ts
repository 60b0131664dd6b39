import { expect, test } from 'vitest';
import { inTurn } from './in-turn.ts';

test('a step begins when the one before has ended, also when that one failed', async () => {
  const seen: string[] = [];
  const run = inTurn();
  const step = (name: string, fails = false) =>
    run(async () => {
      seen.push(`${name} begins`);
      await new Promise(setImmediate);
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([step('first', true), step('second')]);
  expect(results).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: 'second' }]);
  expect(seen).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});
