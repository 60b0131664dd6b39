import { indicatorsPath, type Bundle, type SignedBundle } from '@tidegate/schemas';
import { describe, expect, it, vi } from 'vitest';
import { goodPolicy, useScene, type TestAgent } from '../testkit/index.ts';

const scene = useScene();
const within = { timeout: 20_000, interval: 20 };

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

describe('a threat feed of a policy', () => {
  it('is fetched by an agent as the set that its bundle names, and by nobody else', async () => {
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

  it('becomes another set with another policy, and none without it', async () => {
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

  it('is the same set after a restart, under the same epoch', async () => {
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
});
