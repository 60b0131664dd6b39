import { afterEach, beforeEach, expect, test } from 'vitest';
import { openNftables, type Nftables } from '../../kernel/libnftables.ts';
import { createPair, inNamespace, type Pair } from '../../testkit/frames/index.ts';
import { examineNftables, openNftablesBackend } from './index.ts';

const instance = `tg-${process.pid}-e`;
let pair: Pair;
let nft: Nftables;

beforeEach(() => {
  pair = createPair('e');
  nft = inNamespace(pair.destination.namespace, openNftables);
});
afterEach(() => {
  nft.close();
  pair.remove();
});

const examine = async () => await inNamespace(pair.destination.namespace, () => examineNftables(instance));
const ruleset = async () => await nft.run('list ruleset');

test('where nothing is, nothing is made', async () => {
  const before = await ruleset();
  expect(await examine()).toBe('absent');
  expect(await ruleset()).toBe(before);
});

test('rules of an agent that runs stay, with handles, counters and TTL', async () => {
  const backend = await inNamespace(pair.destination.namespace, () =>
    openNftablesBackend({ instance, safelist: ['198.51.100.9/32'] }),
  );
  const match = { destination: '203.0.113.1/32', protocol: 17 };
  await backend.apply({ id: 'mit-00000000000000ee', match, ttlMs: 3_600_000, verdict: 'drop' });
  // The time that is left is the only thing that changes by itself.
  const still = async () => (await ruleset()).replace(/"expires": \d+/g, '"expires": …');
  const before = await still();
  expect(await examine()).toBe('ours');
  expect(await still()).toBe(before);
  expect(await backend.readBack('mit-00000000000000ee')).not.toBeNull();
  backend.close();
});

test('the table of somebody else is told, and left alone', async () => {
  await nft.run(`add table inet ${instance}`);
  const before = await ruleset();
  expect(await examine()).toBe('foreign');
  expect(await ruleset()).toBe(before);
});

test('the kernel is asked, and what it refuses is refused', async () => {
  await expect(nft.check('add rule inet nowhere input drop')).rejects.toThrow(/No such file or directory/);
  await expect(nft.check('add table inet here')).resolves.toBeUndefined();
  expect(await ruleset()).not.toContain('here');
});
