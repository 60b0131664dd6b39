import { join } from 'node:path';
import type { AuditBatch, AuditReceipt } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTrust, verifyLog } from './audit/verify/index.ts';
import {
  git,
  spawnController,
  testFolder,
  TestAgent,
  type ControllerProcess,
  type TestFolder,
} from './testkit/index.ts';

const rounds = 8;
const agentCount = 4;
const seed = Number(process.env['TIDEGATE_SEED'] ?? 20_260_131);

/** mulberry32: small, seeded, good enough to choose when to kill. */
function random(state: number): () => number {
  let s = state;
  return () => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An agent that uploads until it is told to stop, and sends what has no receipt again. */
class Uploader {
  readonly agent: TestAgent;
  /** Global index by sequence number, from receipts. */
  readonly indexes = new Map<number, number>();
  sent = 0;
  #pending: AuditBatch | null = null;

  constructor(agent: TestAgent) {
    this.agent = agent;
  }

  async run(url: string, goesOn: () => boolean): Promise<void> {
    while (goesOn() || this.#pending !== null) {
      this.#pending ??= this.#next();
      try {
        const { status, body } = await this.agent.upload(url, this.#pending);
        if (status !== 200) throw new Error(`${this.agent.name}: ${JSON.stringify(body)}`);
        this.#keep(body as AuditReceipt);
        this.#pending = null;
      } catch (error) {
        // The controller died under the request: the batch waits for the next one.
        if (error instanceof TypeError && !goesOn()) return;
        throw error;
      }
    }
  }

  #next(): AuditBatch {
    const batch = this.agent.nextBatch(5);
    this.sent = batch.lastSeq;
    return batch;
  }

  #keep({ proofs }: AuditReceipt): void {
    for (const { seq, index } of proofs) {
      const before = this.indexes.get(seq);
      if (before !== undefined && before !== index)
        throw new Error(`seq ${seq} moved from ${before} to ${index}`);
      this.indexes.set(seq, index);
    }
  }
}

let folder: TestFolder;
let running: ControllerProcess | null = null;
beforeEach(() => {
  folder = testFolder();
});
afterEach(async () => {
  running?.child.kill('SIGKILL');
  await running?.ended;
  folder.remove();
});

describe('a controller that is killed again and again', () => {
  it(`has every record exactly once, at the index of its receipt (seed ${seed})`, async () => {
    const next = random(seed);
    const uploaders = Array.from(
      { length: agentCount },
      (_, index) => new Uploader(new TestAgent(`web-${index}`)),
    );
    for (let round = 0; round <= rounds; round++) {
      running = await spawnController(folder.path, folder.config());
      const { url, child, ended } = running;
      for (const { agent } of uploaders) expect((await agent.enrol(url)).status).toBe(200);
      let isAlive = true;
      const uploads = uploaders.map((uploader) => uploader.run(url, () => isAlive));
      await new Promise((resolve) => setTimeout(resolve, next() * 600));
      isAlive = false;
      if (round < rounds) {
        child.kill('SIGKILL');
        await Promise.all(uploads);
      } else {
        await Promise.all(uploads);
        child.kill('SIGTERM');
      }
      expect(await ended).toBe(round < rounds ? 'SIGKILL' : 0);
    }
    const trust = await readTrust(join(folder.path, 'state', 'trust.json'));
    const repository = join(folder.path, 'audit.git');
    const sent = uploaders.reduce((sum, uploader) => sum + uploader.sent, 0);
    const own = git(repository, [
      'grep',
      '--count',
      '"agent":"controller"',
      'main',
      '--',
      'log/**[0-9].jsonl',
    ])
      .split('\n')
      .reduce((sum, line) => sum + Number(line.split(':').at(-1)), 0);
    expect(await verifyLog({ repository, trust })).toMatchObject({
      verified: true,
      fault: null,
      records: sent + own,
    });
    for (const { indexes, sent: last } of uploaders) expect(indexes.size).toBe(last);
    expect(git(repository, ['fsck', '--strict', '--full', '--no-dangling'])).toBe('');
  });
});
