import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { check, digestOf, fromBase64, leafHash, openNote, parseCheckpoint, utf8, verifyInclusion, type AuditReceipt, type ControllerStatus, type Trust } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startController, type RunningController } from './index.ts';
import { ed25519Verify } from './keys/index.ts';
import { git, goodPolicy, PolicyRepo, testFolder, TestAgent, type TestFolder } from './testkit/index.ts';

let folder: TestFolder;
let policy: PolicyRepo;
let controller: RunningController | undefined;

beforeEach(() => {
  folder = testFolder();
  policy = new PolicyRepo(join(folder.path, 'policy'));
});
afterEach(async () => {
  await controller?.close();
  controller = undefined;
  folder.remove();
});

const statusOf = async (url: string): Promise<ControllerStatus> => {
  const checked = check('controller-status', await (await fetch(new URL('/v1/status', url))).json());
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};

describe('controller', () => {
  it('takes a policy from git to an agent and its audit back to git', async () => {
    const commit = policy.commit({ 'policy/web.yaml': goodPolicy() });
    controller = await startController(folder.config());
    const { url } = controller;
    const agent = new TestAgent('web-1');
    const enrolled = await agent.enrol(url);
    expect(enrolled.status).toBe(200);
    const { trust } = enrolled.body as { trust: Trust };

    const answer = await agent.bundle(url);
    const checked = check('signed-bundle', answer.body);
    expect(checked.ok).toBe(true);
    const signed = answer.body as { payload: string; digest: string };
    expect(answer.headers.get('etag')).toBe(`"${digestOf(signed.payload)}"`);
    expect(JSON.parse(signed.payload)).toMatchObject({ group: 'web', epoch: 1, commit, mode: 'enforce' });

    const batch = agent.nextBatch(3);
    const uploaded = await agent.upload(url, batch);
    expect(uploaded.status).toBe(200);
    const receipt = uploaded.body as AuditReceipt;
    expect(check('receipt', receipt).ok).toBe(true);
    const keys = trust.log.map(({ publicKey }) => ({ name: trust.origin, publicKey: fromBase64(publicKey) }));
    const { size, root } = parseCheckpoint(openNote(receipt.checkpoint, keys, ed25519Verify).body);
    for (const [offset, record] of batch.records.entries()) {
      const { index, path } = receipt.proofs[offset]!;
      const claim = { leafHash: leafHash(utf8(record)), index, size, root, path: path.map(fromBase64) };
      expect(verifyInclusion(claim)).toBe(true);
    }
    const status = await statusOf(url);
    expect(status.policy).toMatchObject({ seenCommit: commit, goodCommit: commit, findings: [], error: null });
    expect(status.agents).toMatchObject([{ agent: 'web-1', group: 'web' }]);
    await controller.close();
    expect(git(join(folder.path, 'audit.git'), ['fsck', '--strict', '--full'])).toBe('');
    console.log(git(join(folder.path, 'audit.git'), ['log', '--stat', 'main']));
    rmSync(folder.path + '/x', { force: true });
  });
});
