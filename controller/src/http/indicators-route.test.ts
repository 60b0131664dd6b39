import { indicatorsPath, type Bundle, type SignedBundle } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { goodPolicy, useScene, type TestAgent } from '../testkit/index.ts';

const scene = useScene();
const within = { timeout: 4000, interval: 20 };

const policy = (list: string): Record<string, string> => ({
  'web.yaml': `${goodPolicy()}---
apiVersion: tidegate/v1
kind: ThreatFeed
metadata: { name: own }
spec: { source: { path: lists/own.txt }, format: plain, action: drop }
`,
  'lists/own.txt': list,
});

const indicatorsFor = async (agent: TestAgent): Promise<Bundle['indicators']> => {
  const { payload } = (await agent.bundle(scene.url)).body as SignedBundle;
  return (JSON.parse(payload) as Bundle).indicators;
};
const published = (agent: TestAgent, addresses: number): Promise<NonNullable<Bundle['indicators']>> =>
  vi.waitFor(async () => {
    const indicators = await indicatorsFor(agent);
    expect(indicators?.addresses).toBe(addresses);
    return indicators!;
  }, within);

describe('GET /v1/indicators/DIGEST', () => {
  it('gives the set that the bundle names to an agent, and to nobody else', async () => {
    scene.policy.commit(policy('45.0.0.1\n45.0.0.2\n'));
    await scene.start();
    const agent = await scene.agent();
    const { digest, bytes } = await published(agent, 2);
    const { status, headers, sha256 } = await agent.download(scene.url, indicatorsPath(digest));
    expect([status, sha256]).toEqual([200, digest]);
    expect(headers.get('content-length')).toBe(String(bytes));
    expect(headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect((await fetch(new URL(indicatorsPath(digest), scene.url))).status).toBe(401);
  });

  it('follows the policy, and lets go of a set that no bundle names', async () => {
    scene.policy.commit(policy('45.0.0.1\n'));
    await scene.start();
    const agent = await scene.agent();
    const first = await published(agent, 1);
    scene.policy.commit(policy('45.0.0.1\n45.0.0.2\n45.0.0.3\n'));
    const second = await published(agent, 3);
    expect(second.digest).not.toBe(first.digest);
    const statusOf = async (digest: string): Promise<number> =>
      (await agent.download(scene.url, indicatorsPath(digest))).status;
    await vi.waitFor(async () => expect(await statusOf(first.digest)).toBe(404), within);
    expect(await statusOf(second.digest)).toBe(200);
    expect((await scene.status()).feeds).toMatchObject([{ name: 'own', entries: 3, error: null }]);
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await vi.waitFor(async () => expect(await indicatorsFor(agent)).toBeUndefined(), within);
  });

  it('keeps the set over a restart, and gives no new epoch for it', async () => {
    scene.policy.commit(policy('45.0.0.1\n'));
    await scene.start();
    const agent = await scene.agent();
    const { digest } = await published(agent, 1);
    const { bundles } = await scene.status();
    await scene.stop();
    await scene.start();
    expect((await scene.status()).bundles).toEqual(bundles);
    await vi.waitFor(async () => {
      expect((await scene.status()).feeds).toMatchObject([{ name: 'own', entries: 1 }]);
      expect((await agent.download(scene.url, indicatorsPath(digest))).status).toBe(200);
    }, within);
    expect((await scene.status()).bundles).toEqual(bundles);
  });

  it('refuses a revision that names a list which is not there', async () => {
    scene.policy.commit({ ...policy(''), 'lists/own.txt': '' });
    const files = policy('45.0.0.1\n');
    const { 'web.yaml': text = '' } = files;
    scene.policy.commit({ 'web.yaml': text.replace('own.txt', 'ovn.txt'), 'lists/own.txt': '45.0.0.1\n' });
    await scene.start();
    expect((await scene.status()).policy.findings).toMatchObject([
      { rule: 'feed-file', path: '/spec/source/path', suggestion: 'lists/own.txt' },
    ]);
  });

  describe('with a set that is large', () => {
    const addresses = 60_000;
    let agent: TestAgent;
    let path: string;
    beforeEach(async () => {
      const list = Array.from({ length: addresses }, (_, index) => `45.${index >> 8}.${index & 255}.1\n`);
      scene.policy.commit(policy(list.join('')));
      await scene.start();
      agent = await scene.agent();
      path = indicatorsPath((await published(agent, addresses)).digest);
    });
    const held: (() => void)[] = [];
    afterEach(() => {
      for (const letGo of held.splice(0)) letGo();
    });
    const hold = async (): Promise<number> => {
      const download = await agent.openDownload(scene.url, path);
      held.push(download.letGo);
      return download.status;
    };

    it('serves a bounded number of downloads at a time', async () => {
      const statuses: number[] = [];
      for (let count = 0; count < 65; count++) statuses.push(await hold());
      expect(statuses.slice(0, 64)).toEqual(Array(64).fill(200));
      expect(statuses.at(-1)).toBe(503);
      for (const letGo of held.splice(0)) letGo();
      await vi.waitFor(async () => expect(await hold()).toBe(200), within);
    });

    it('does not wait for a slow download when it ends', async () => {
      expect(await hold()).toBe(200);
      await scene.stop();
    });
  });
});
