import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readTrust, verifyLog } from '../audit/verify/index.ts';
import {
  binPath,
  goodPolicy,
  PolicyRepo,
  spawnController,
  testFolder,
  TestAgent,
  type ControllerProcess,
  type TestFolder,
} from '../testkit/index.ts';

let folder: TestFolder;
let running: ControllerProcess | null = null;
beforeEach(() => {
  folder = testFolder();
});
afterEach(async () => {
  running?.child.kill('SIGKILL');
  await running?.ended;
  running = null;
  folder.remove();
});

describe('bin/tidegate.js', () => {
  it('is executable and committed as such', () => {
    expect(statSync(binPath).mode & 0o111).toBe(0o111);
    expect(execFileSync(binPath, ['--help'], { encoding: 'utf8' })).toContain('Usage: tidegate');
  });

  it('says in one line that it is not built, and exits 2', () => {
    const copy = join(folder.path, 'package', 'bin', 'tidegate.mjs');
    mkdirSync(join(folder.path, 'package', 'bin'), { recursive: true });
    copyFileSync(binPath, copy);
    const { status, stdout, stderr } = spawnSync(process.execPath, [copy, 'validate', '.'], {
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual([2, '', 'tidegate is not built: run npm run setup\n']);
  });
});

describe('tidegate controller', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends in order on %s: parked requests answered, audit flushed',
    async (signal) => {
      new PolicyRepo(join(folder.path, 'policy')).commit({ 'web.yaml': goodPolicy() });
      const auditDir = join(folder.path, 'audit.git');
      running = await spawnController(
        folder.path,
        folder.config({ audit: { repository: auditDir, flushMs: 60_000 } }),
      );
      const { url, child, ended } = running;
      const agent = new TestAgent('web-1');
      await agent.enrol(url);
      const etag = (await agent.bundle(url)).headers.get('etag') ?? '';
      const parked = agent.bundle(url, { 'if-none-match': etag, prefer: 'wait=50' });
      const waiting = agent.upload(url, agent.nextBatch(3));
      // Both are there once the controller has heard of the agent for the third time; it says so for the first.
      await vi.waitFor(async () => {
        const status = (await (await fetch(new URL('/v1/status', url))).json()) as {
          agents: { lastSeen: string | null }[];
        };
        expect(status.agents[0]?.lastSeen).not.toBe(null);
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      child.kill(signal);
      expect([(await parked).status, (await waiting).status, await ended]).toEqual([304, 200, 0]);
      const trust = await readTrust(join(folder.path, 'state', 'trust.json'));
      expect(await verifyLog({ repository: auditDir, trust })).toMatchObject({ verified: true, records: 5 });
    },
  );

  it('logs JSON lines on standard error and nothing secret', async () => {
    running = await spawnController(folder.path, folder.config({ logLevel: 'debug' }));
    await new TestAgent('web-1').enrol(running.url);
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
    const lines = running.said().trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(
      lines.map(() => 'tidegate'),
    );
    expect(running.said()).not.toContain('a-join-token-for-tests');
  });

  it('exits 2 with one clear error for a wrong configuration', () => {
    const given = { ...folder.config(), policy: { repository: '/x', brnach: 'main' } };
    const file = join(folder.path, 'controller.json');
    execFileSync('tee', [file], {
      input: JSON.stringify(given, null, 2),
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const { status, stderr } = spawnSync(process.execPath, [binPath, 'controller', '--config', file], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/^error TG5002: \S+controller\.json:\d+:\d+: .*brnach.*\n {2}\S/),
    ]);
  });
});
