import { expect, test } from 'vitest';
import { look } from '../healthy.contract.ts';
import { stopAll } from './stop-all.ts';

const marker = (text: string) => ({
  read: (path: string) => (path === '/var/lib/tidegate/stopped.json' ? { text } : ('absent' as const)),
});

test('the order is looked for on disk, so that it is found while no agent runs', async () => {
  expect(await look(stopAll)).toMatchObject({ status: 'ok' });
  const host = marker('{"by":"root on the node","at":"2026-03-04T05:06:07.000Z"}');
  expect(await look(stopAll, { host })).toMatchObject({
    status: 'warn',
    found: 'in force since 2026-03-04T05:06:07.000Z, by root on the node',
    fix: 'When it is over: tidegate-agent lift.',
  });
});

test('an order that is cut off is one all the same', async () => {
  expect(await look(stopAll, { host: marker('{"by":"ro') })).toMatchObject({
    status: 'warn',
    found: 'in force',
  });
});

test('what this user may not read is not taken for well', async () => {
  expect(await look(stopAll, { host: { read: () => 'denied' } })).toMatchObject({ status: 'skipped' });
});
