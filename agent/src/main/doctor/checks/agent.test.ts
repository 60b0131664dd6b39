import { expect, test } from 'vitest';
import { look, status } from '../healthy.contract.ts';
import { agent } from './agent.ts';

const silent = (how: 'absent' | 'hangs' | 'garbled') => ({ askAgent: async () => ({ silent: how }) });

test('a running agent says how it is', async () => {
  expect(await look(agent)).toMatchObject({
    status: 'ok',
    found: 'running, version 0.1.0, enforce, capture xdp/native on eth0',
  });
  const waiting = { askAgent: async () => ({ answer: status({ mode: null, capture: 'none' }) }) };
  expect(await look(agent, { host: waiting })).toMatchObject({
    found: 'running, version 0.1.0, without a policy, capture none',
  });
});

test('a policy that was refused is a warning', async () => {
  const failed = { stage: 'activate', reason: 'there is no interface eth1' };
  const host = { askAgent: async () => ({ answer: status({ failed }) }) };
  const result = await look(agent, { host });
  expect(result).toMatchObject({ status: 'warn', meaning: 'The policy before stays in force.' });
  expect(result.found).toContain('refused at activate: there is no interface eth1');
});

test.each([
  ['absent', 'warn'],
  ['hangs', 'fail'],
  ['garbled', 'fail'],
] as const)('an agent that is silent (%s): %s', async (how, expected) => {
  expect(await look(agent, { host: silent(how) })).toMatchObject({ status: expected });
});

test('a socket that this user may not open says nothing about the agent', async () => {
  const host = { ...silent('absent'), socket: () => 'denied' as const };
  expect(await look(agent, { host })).toMatchObject({ status: 'skipped' });
});
