import { expect, test } from 'vitest';
import { TidegateError } from '@tidegate/schemas';
import { healthyAnswer, look } from '../healthy.contract.ts';
import { controllerReachable } from './controller-reachable.ts';

const failing = (error: Error) => ({
  get: async (): Promise<never> => {
    throw error;
  },
});
const withCode = (code: string): Error => Object.assign(new Error(`it is ${code}`), { code });

test('it answers, and is asked for nothing but its health', async () => {
  const asked: string[] = [];
  const get = async (_: unknown, path: string) => {
    asked.push(path);
    return healthyAnswer;
  };
  expect(await look(controllerReachable, { host: { get } })).toMatchObject({
    status: 'ok',
    found: 'answers in 20 ms',
  });
  expect(asked).toEqual(['/healthz']);
});

test('an answer may be no good one', async () => {
  const get = async () => ({ ...healthyAnswer, status: 503 });
  expect(await look(controllerReachable, { host: { get } })).toMatchObject({
    status: 'fail',
    found: 'https://controller.example answers with status 503',
  });
});

test.each([
  ['ECONNREFUSED', 'start the controller'],
  ['ENOTFOUND', 'does not resolve'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'controller.caFile'],
  ['CERT_NOT_YET_VALID', 'correct the clock'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for'],
  ['EWHATEVER', 'Look at the network'],
])('%s: %s', async (code, fix) => {
  const result = await look(controllerReachable, { host: failing(withCode(code)) });
  expect(result).toMatchObject({
    status: 'fail',
    found: `https://controller.example cannot be reached: it is ${code}`,
  });
  expect(result.fix).toContain(fix);
});

test('what it means depends on whether there is a policy to go on with', async () => {
  const host = failing(new Error('no answer within 3000 ms'));
  expect((await look(controllerReachable, { host })).meaning).toContain('last good bundle');
  const without = { ...host, lastGoodBundle: () => null };
  expect((await look(controllerReachable, { host: without })).meaning).toContain('watches nothing');
});

test('a bad address is said by the check of the address', async () => {
  const plain = failing(new TidegateError('TG5002', 'plain http'));
  expect(await look(controllerReachable, { host: plain })).toMatchObject({ status: 'skipped' });
});
