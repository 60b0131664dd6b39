import { join } from 'node:path';
import { canonicalJson, digestOf, type AuditReceipt } from '@tidegate/schemas';
import { describe, expect, it, vi } from 'vitest';
import { readTrust, verifyLog } from './verify/index.ts';
import { auditFiles, git, sampleEvent, TestAgent, useScene, type Answer } from '../testkit/index.ts';

const scene = useScene();

const codeOf = ({ status, body }: Answer): unknown[] => [status, (body as { code?: string } | null)?.code];
const indexesOf = ({ body }: Answer): number[] => (body as AuditReceipt).proofs.map(({ index }) => index);
const verify = async () => {
  const trust = await readTrust(join(scene.folder.path, 'state', 'trust.json'));
  return verifyLog({ repository: scene.auditDir, trust });
};

describe('POST /v1/audit', () => {
  it('gives the same places again for records that are in the log already', async () => {
    await scene.start();
    const agent = await scene.agent();
    const batch = agent.nextBatch(3);
    const first = await agent.upload(scene.url, batch);
    const again = await agent.upload(scene.url, batch);
    expect([again.status, indexesOf(again)]).toEqual([200, indexesOf(first)]);
    await scene.stop();
    await scene.start();
    expect(indexesOf(await agent.upload(scene.url, batch))).toEqual(indexesOf(first));
    await scene.stop();
    expect(await verify()).toMatchObject({ verified: true, records: 4 });
  });

  it('takes the new part of a batch that overlaps what it has', async () => {
    await scene.start();
    const agent = await scene.agent();
    const first = agent.nextBatch(3);
    await agent.upload(scene.url, first);
    const second = agent.nextBatch(2);
    const both = agent.sign(1, [...first.records, ...second.records]);
    const answer = await agent.upload(scene.url, both);
    expect([answer.status, (answer.body as AuditReceipt).proofs.map(({ seq }) => seq)]).toEqual([
      200,
      [1, 2, 3, 4, 5],
    ]);
    await agent.upload(scene.url, agent.nextBatch(1));
    await scene.stop();
    expect(await verify()).toMatchObject({ verified: true, records: 7, agents: 2 });
  });

  it('says which record it expects when some are missing in between', async () => {
    await scene.start();
    const agent = await scene.agent();
    await agent.upload(scene.url, agent.nextBatch(3));
    agent.nextBatch(2);
    const answer = await agent.upload(scene.url, agent.nextBatch(1));
    expect(codeOf(answer)).toEqual([409, 'TG4004']);
    expect(answer.body).toMatchObject({ detail: expect.stringContaining('expected seq 4') as string });
  });

  it('keeps both histories of an agent that forks, and records it', async () => {
    await scene.start();
    const agent = await scene.agent();
    await agent.upload(scene.url, agent.nextBatch(2));
    const twin = new TestAgent('web-1', agent);
    const { body } = await agent.upload(scene.url, agent.nextBatch(2));
    const other = twin.nextBatch(3, (seq) => sampleEvent(seq + 1000));
    for (const attempt of [1, 2]) {
      expect([attempt, ...codeOf(await twin.upload(scene.url, other))]).toEqual([attempt, 409, 'TG4005']);
    }
    // The same first records, but another end: the chain itself does not fit.
    const elsewhere = twin.nextBatch(1, (seq) => sampleEvent(seq + 2000));
    expect(codeOf(await twin.upload(scene.url, elsewhere))).toEqual([409, 'TG4004']);
    const next = agent.nextBatch(1);
    expect((await agent.upload(scene.url, next)).status).toBe(200);
    await scene.stop();

    const files = auditFiles(scene.auditDir);
    const kept = [...files].filter(([path]) => path.startsWith('forks/'));
    expect(kept).toEqual([
      [expect.stringMatching(/^forks\/web-1\/000000000003-[0-9a-f]{16}\.json$/), `${canonicalJson(other)}\n`],
    ]);
    const forked = [...files.values()]
      .flatMap((text) => text.split('\n'))
      .filter((line) => line.includes('"audit.forked"'));
    expect(forked.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { agent: 'controller', body: { name: 'web-1', seq: 3, offered: digestOf(other.records[0] ?? '') } },
    ]);
    expect((body as AuditReceipt).lastSeq).toBe(4);
    expect(await verify()).toMatchObject({ verified: true, forks: 1 });
  });

  it('calls it a fork when a batch goes on from another last record', async () => {
    await scene.start();
    const agent = await scene.agent();
    const twin = new TestAgent('web-1', agent);
    await agent.upload(scene.url, agent.nextBatch(2));
    twin.nextBatch(2, (seq) => sampleEvent(seq + 1000));
    expect(codeOf(await twin.upload(scene.url, twin.nextBatch(1)))).toEqual([409, 'TG4005']);
  });

  it('refuses what is not canonical, not chained, not of its shape or not signed', async () => {
    await scene.start();
    const agent = await scene.agent();
    const [first = '', second = '', third = ''] = agent.nextBatch(3).records;
    const parsed = JSON.parse(first) as Record<string, unknown>;
    const seq = (text: string, value: number): string =>
      canonicalJson({ ...(JSON.parse(text) as object), seq: value });
    const cases: [string, ReturnType<TestAgent['sign']>, unknown[]][] = [
      ['spaces', agent.sign(1, [first.replace('{', '{ ')]), [422, 'TG4001']],
      ['not JSON', agent.sign(1, ['{']), [422, 'TG4001']],
      ['unknown key', agent.sign(1, [canonicalJson({ ...parsed, extra: 1 })]), [422, 'TG4001']],
      ['other agent', agent.sign(1, [canonicalJson({ ...parsed, agent: 'web-2' })]), [422, 'TG4001']],
      ['other seq', agent.sign(1, [seq(first, 2)]), [422, 'TG4001']],
      ['left out', agent.sign(1, [first, seq(third, 2)]), [422, 'TG4002']],
      ['first with prev', agent.sign(1, [seq(second, 1)]), [422, 'TG4002']],
      ['other head', { ...agent.sign(1, [first]), records: [first.replace('syn', 'udp')] }, [422, 'TG4002']],
      [
        'other signature',
        { ...agent.sign(1, [first]), signature: agent.sign(1, [second]).signature },
        [403, 'TG4003'],
      ],
      ['wrong count', { ...agent.sign(1, [first]), lastSeq: 2 }, [400, 'TG3007']],
    ];
    for (const [what, batch, expected] of cases) {
      expect([what, ...codeOf(await agent.upload(scene.url, batch))]).toEqual([what, ...expected]);
    }
    expect((await agent.upload(scene.url, agent.sign(1, [first, second, third]))).status).toBe(200);
  });

  it('takes 500 records at a time', async () => {
    await scene.start();
    const agent = await scene.agent();
    for (let batch = 0; batch < 3; batch++) {
      const { status, body } = await agent.upload(scene.url, agent.nextBatch(500));
      expect([status, (body as AuditReceipt).proofs.length]).toEqual([200, 500]);
    }
    expect(codeOf(await agent.upload(scene.url, agent.nextBatch(501)))).toEqual([400, 'TG3007']);
    await scene.stop();
    expect(await verify()).toMatchObject({ verified: true, records: 1501, segments: 4 });
  });

  it('puts the batches of many agents into few commits, each in its order', async () => {
    await scene.start({ audit: { repository: scene.auditDir, flushMs: 200 } });
    const agents = await Promise.all(Array.from({ length: 8 }, (_, index) => scene.agent(`web-${index}`)));
    const rounds = 3;
    for (let round = 0; round < rounds; round++) {
      const answers = await Promise.all(agents.map((agent) => agent.upload(scene.url, agent.nextBatch(20))));
      expect(answers.map(({ status }) => status)).toEqual(agents.map(() => 200));
    }
    const uploaded = new Set(agents.map(({ name }) => name));
    await scene.stop();
    const subjects = git(scene.auditDir, ['log', '--format=%s', 'main']).split('\n');
    const ofAgents = subjects.filter((subject) =>
      [...uploaded].some((name) => subject.includes(`from ${name}`)),
    );
    expect(ofAgents.length).toBeLessThanOrEqual(2 * rounds);
    expect(await verify()).toMatchObject({
      verified: true,
      records: 8 + rounds * agents.length * 20,
      agents: 9,
    });
  });

  it('commits what waits when the controller stops, however long it might have waited', async () => {
    await scene.start({ audit: { repository: scene.auditDir, flushMs: 60_000 } });
    const agent = await scene.agent();
    const answer = agent.upload(scene.url, agent.nextBatch(2));
    await vi.waitFor(async () => expect((await scene.status()).agents[0]?.lastSeen).not.toBe(null));
    await scene.stop();
    expect((await answer).status).toBe(200);
    expect(await verify()).toMatchObject({ verified: true, records: 3 });
  });
});
