import {
  check,
  digestOf,
  fromBase64,
  leafHash,
  openNote,
  parseCheckpoint,
  utf8,
  verifyInclusion,
  type AuditReceipt,
  type SignedBundle,
  type Trust,
} from '@tidegate/schemas';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startController } from './index.ts';
import { ed25519Verify, noteKeysOf } from './keys/index.ts';
import { auditFiles, commitAudit, git, goodPolicy, TestAgent, useScene } from './testkit/index.ts';

const scene = useScene();

describe('startController', () => {
  it('takes a policy from git to an agent, and its audit records back to git', async () => {
    const commit = scene.policy.commit({ 'policy/web.yaml': goodPolicy() });
    await scene.start();
    const agent = new TestAgent('web-1');
    const { trust } = (await agent.enrol(scene.url)).body as { trust: Trust };

    const answer = await agent.bundle(scene.url);
    expect(check('signed-bundle', answer.body)).toMatchObject({ ok: true });
    const { payload } = answer.body as SignedBundle;
    expect(answer.headers.get('etag')).toBe(`"${digestOf(payload)}"`);
    expect(JSON.parse(payload)).toMatchObject({ group: 'web', epoch: 1, commit, mode: 'enforce' });

    const batch = agent.nextBatch(3);
    const { status, body } = await agent.upload(scene.url, batch);
    expect([status, check('receipt', body).ok]).toEqual([200, true]);
    const receipt = body as AuditReceipt;
    const { size, root } = parseCheckpoint(
      openNote(receipt.checkpoint, noteKeysOf(trust), ed25519Verify).body,
    );
    for (const [offset, record] of batch.records.entries()) {
      const { index, path } = receipt.proofs[offset]!;
      const claim = { leafHash: leafHash(utf8(record)), index, size, root, path: path.map(fromBase64) };
      expect(verifyInclusion(claim)).toBe(true);
    }
    await scene.stop();
    expect(git(scene.auditDir, ['log', '--format=%an %s', 'main'])).toContain(
      'tidegate audit: 3 records from web-1 (incident.updated',
    );
    expect(git(scene.auditDir, ['fsck', '--strict', '--full', '--no-dangling'])).toBe('');
    expect(git(scene.auditDir, ['cat-file', 'blob', `${receipt.commit}:checkpoint`])).toBe(
      receipt.checkpoint.trim(),
    );
  });

  it('records what it did itself, in a chain of its own that the log key signs', async () => {
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await scene.start();
    await scene.agent();
    await scene.stop();
    const records = [...auditFiles(scene.auditDir)]
      .filter(([path]) => /\d\.jsonl$/.test(path))
      .flatMap(([, text]) => text.trim().split('\n'))
      .map((line) => JSON.parse(line) as { agent: string; seq: number; kind: string });
    expect(records).toMatchObject([
      { agent: 'controller', seq: 1, kind: 'bundle.published' },
      { agent: 'controller', seq: 2, kind: 'agent.enrolled' },
    ]);
  });

  it('keeps keys and state for its owner only, and trust.json for whoever verifies', async () => {
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await scene.start();
    const agent = await scene.agent();
    const stateDir = join(scene.folder.path, 'state');
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
    for (const name of ['log.key', 'bundle.key', 'agents.json', 'published.json', 'trust.json']) {
      expect([name, statSync(join(stateDir, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    const trust: unknown = JSON.parse(readFileSync(join(stateDir, 'trust.json'), 'utf8'));
    expect(check('trust', trust)).toMatchObject({ ok: true });
    expect(trust).toMatchObject({
      agents: [{ agent: 'web-1', id: agent.keyId, publicKey: agent.publicKey }],
    });
    expect(await (await fetch(new URL('/v1/trust', scene.url))).json()).toEqual(trust);
  });

  it('refuses a second controller on the same state folder, and lets go of it when it ends', async () => {
    await scene.start();
    await expect(startController(scene.folder.config())).rejects.toMatchObject({ code: 'TG3012' });
    await scene.stop();
    await scene.start();
    expect((await scene.status()).schema).toBe('tidegate/controller-status/v1');
  });

  it('refuses to listen beyond loopback without TLS, and leaves nothing open behind', async () => {
    await expect(scene.start({ listen: { host: '0.0.0.0', port: 0 } })).rejects.toMatchObject({
      code: 'TG3010',
    });
    await scene.start();
  });

  it('names what is wrong with a configuration', async () => {
    const { folder } = scene;
    await expect(scene.start({ joinToken: 'env:TG_NO_SUCH_TOKEN' })).rejects.toMatchObject({
      code: 'TG5005',
    });
    await expect(scene.start({ listen: { host: '127.0.0.1', port: 70_000 } })).rejects.toThrow(
      /\/listen\/port/,
    );
    writeFileSync(join(folder.path, 'a-file'), '');
    await expect(scene.start({ stateDir: join(folder.path, 'a-file') })).rejects.toMatchObject({
      code: 'TG3011',
    });
    await expect(scene.start({ audit: { repository: join(folder.path, 'a-file') } })).rejects.toMatchObject({
      code: 'TG4008',
    });
    mkdirSync(join(folder.path, 'no-repository'));
    writeFileSync(join(folder.path, 'no-repository', 'a'), '');
    const audit = { repository: join(folder.path, 'no-repository') };
    await expect(scene.start({ audit })).rejects.toMatchObject({ code: 'TG4008' });
  });

  it('stops at the start when the audit repository is not what it signed', async () => {
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await scene.start();
    const agent = await scene.agent();
    await agent.upload(scene.url, agent.nextBatch(3));
    await scene.stop();
    const before = auditFiles(scene.auditDir);
    const tampered = new Map(
      [...before].map(([path, text]) => [path, text.replaceAll('syn_flood', 'udp_flood')]),
    );
    commitAudit(scene.auditDir, { files: tampered, history: 'keep' });
    await expect(scene.start()).rejects.toMatchObject({ code: 'TG4006' });
    commitAudit(scene.auditDir, { files: before, history: 'keep' });
    await scene.start();
  });

  it('stops at the start when an older log was put back, though it is whole in itself', async () => {
    await scene.start();
    const agent = await scene.agent();
    await agent.upload(scene.url, agent.nextBatch(1));
    await agent.upload(scene.url, agent.nextBatch(1));
    await scene.stop();
    const old = git(scene.auditDir, ['rev-parse', 'main~1']);
    git(scene.auditDir, ['update-ref', 'refs/heads/main', old]);
    await expect(scene.start()).rejects.toThrow(/had \d+ records before and has \d+ now/);
  });

  it('serves what it published before, though the policy repository is gone', async () => {
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await scene.start();
    const agent = await scene.agent();
    const before = await agent.bundle(scene.url);
    await scene.stop();
    scene.policy.remove();
    await scene.start();
    const after = await agent.bundle(scene.url);
    expect([after.status, after.body]).toEqual([200, before.body]);
    const { policy } = await scene.status();
    expect(policy.error).toMatch(/^TG3001: there is no repository at /);
    expect(policy.goodCommit).toBe(
      (JSON.parse((before.body as SignedBundle).payload) as { commit: string }).commit,
    );
  });

  it('issues a bundle anew before it is too old for a new agent to accept', async () => {
    const hour = 3_600_000;
    let now = Date.now();
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await scene.start({ bundleValidHours: 10 }, { clock: () => now });
    const [first] = (await scene.status()).bundles;
    now += 4 * hour;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await scene.status()).bundles).toEqual([first]);
    now += 2 * hour;
    await vi.waitFor(async () => expect((await scene.status()).bundles[0]?.epoch).toBe(2), { timeout: 3000 });
  });
});
