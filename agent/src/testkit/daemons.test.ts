import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { agentBin, agentNodeFlags } from './daemons.ts';

test('agents of tests run with the flags of the bin', () => {
  const [first] = readFileSync(agentBin, 'utf8').split('\n', 1);
  expect(first).toBe(`#!/usr/bin/env -S node ${agentNodeFlags.join(' ')}`);
});
