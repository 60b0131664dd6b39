import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignedBundle } from '@tidegate/schemas';
import { describe, expect, it, vi } from 'vitest';
import { auditFiles, git, goodPolicy, useScene } from '../testkit/index.ts';

const scene = useScene();
const within = { timeout: 3000, interval: 20 };

/** The controller looks every 200 ms: waits until it has read this commit. */
const seen = (commit: string) =>
  vi.waitFor(async () => expect((await scene.status()).policy.seenCommit).toBe(commit), within);

const recordsOf = (kind: string): unknown[] =>
  [...auditFiles(scene.auditDir)]
    .filter(([path]) => /\d\.jsonl$/.test(path))
    .flatMap(([, text]) => text.trim().split('\n'))
    .map((line) => JSON.parse(line) as { kind: string; body: unknown })
    .filter((record) => record.kind === kind)
    .map(({ body }) => body);

describe('a revision with a mistake', () => {
  const mistakes = [
    {
      what: 'an unknown key',
      from: 'interfaces: [eth0]',
      to: 'interfaecs: [eth0]',
      place: [7, 3],
      rule: 'TG1003',
      suggestion: 'interfaces',
    },
    {
      what: 'a wrong type',
      from: 'interfaces: [eth0]',
      to: 'interfaces: eth0',
      place: [7, 15],
      rule: 'TG1004',
      suggestion: null,
    },
    {
      what: 'a bad CIDR',
      from: '203.0.113.0/24',
      to: '203.0.113.1/24',
      place: [8, 13],
      rule: 'TG1007',
      suggestion: '203.0.113.0/24',
    },
    {
      what: 'broken YAML',
      from: 'metadata: { name: web }',
      to: 'metadata: { name: web',
      place: [4, 1],
      rule: 'TG1001',
      suggestion: null,
    },
  ];

  it.each(mistakes)(
    'is refused with its place ($what), and the bundle before stays',
    async ({ from, to, place, rule, suggestion }) => {
      const good = scene.policy.commit({ 'policy/web.yaml': goodPolicy() });
      await scene.start({ policy: { repository: scene.policy.path, path: 'policy', pollSeconds: 0.2 } });
      const agent = await scene.agent();
      const before = await agent.bundle(scene.url);

      const bad = scene.policy.commit({ 'policy/web.yaml': goodPolicy().replace(from, to) });
      await seen(bad);
      const { policy } = await scene.status();
      expect(policy).toMatchObject({ seenCommit: bad, goodCommit: good, error: null });
      expect(policy.findings.filter(({ severity }) => severity === 'error')).toMatchObject([
        { file: 'web.yaml', rule, suggestion },
      ]);
      const [first] = policy.findings;
      expect([first?.line, first?.column]).toEqual(place);
      expect((await agent.bundle(scene.url)).body).toEqual(before.body);

      await scene.stop();
      expect(recordsOf('policy.refused')).toEqual([
        { commit: bad, findings: 1, first: expect.stringMatching(/^web\.yaml:\d+:\d+: error: /) as string },
      ]);
    },
  );

  it('is recorded once, also across a restart, and again when it comes back', async () => {
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    const bad = scene.policy.commit({ 'web.yaml': 'kind: [' });
    await scene.start();
    await scene.stop();
    await scene.start();
    expect((await scene.status()).policy).toMatchObject({ seenCommit: bad, goodCommit: null });
    const good = scene.policy.commit({ 'web.yaml': goodPolicy() });
    await seen(good);
    execFileSync('git', ['-C', scene.policy.path, 'update-ref', 'refs/heads/main', bad]);
    await seen(bad);
    await scene.stop();
    expect(recordsOf('policy.refused')).toHaveLength(2);
  });

  it('is recorded though its text has no canonical form', async () => {
    const odd = `"${'\\ud800'.repeat(3)}${'\u{1f30a}'.repeat(300)}"`;
    scene.policy.commit({ 'web.yaml': goodPolicy().replace('203.0.113.0/24', odd) });
    await scene.start();
    expect((await scene.status()).policy).toMatchObject({
      error: null,
      findings: [{ file: 'web.yaml', line: 8 }],
    });
    await scene.stop();
    expect(recordsOf('policy.refused')).toHaveLength(1);
  });

  it('that names a list which is not there is refused', async () => {
    const feed = `---
apiVersion: tidegate/v1
kind: ThreatFeed
metadata: { name: own }
spec: { source: { path: lists/own.txt }, format: plain }
`;
    const files = { 'policy/web.yaml': goodPolicy() + feed, 'own.txt': '', 'policy/lists/ovn.txt': '' };
    scene.policy.commit(files);
    await scene.start({ policy: { repository: scene.policy.path, path: 'policy', pollSeconds: 0.2 } });
    expect((await scene.status()).policy).toMatchObject({
      goodCommit: null,
      findings: [{ rule: 'feed-file', path: '/spec/source/path', suggestion: 'lists/ovn.txt' }],
    });
  });

  it('without any NodeGroup is refused: an emptied policy takes nobody’s policy away', async () => {
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await scene.start();
    const agent = await scene.agent();
    const bad = scene.policy.commit({ 'web.yaml': '# nothing\n' });
    await seen(bad);
    const { policy, bundles } = await scene.status();
    expect([policy.findings.map(({ rule }) => rule), bundles.length]).toEqual([['TG1015'], 1]);
    expect((await agent.bundle(scene.url)).status).toBe(200);
  });
});

describe('a good revision', () => {
  it('gives a new epoch where content changed, and none where it did not', async () => {
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await scene.start();
    const [first] = (await scene.status()).bundles;
    const second = scene.policy.commit({ 'web.yaml': `# a comment\n${goodPolicy()}` });
    await seen(second);
    expect(await scene.status()).toMatchObject({ policy: { goodCommit: second }, bundles: [first] });
    await seen(scene.policy.commit({ 'web.yaml': goodPolicy('30kpps') }));
    expect((await scene.status()).bundles).toMatchObject([{ group: 'web', epoch: 2 }]);
  });

  it('gives a rollback a new epoch with the old content', async () => {
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await scene.start();
    const agent = await scene.agent();
    const contentOf = async (): Promise<Record<string, unknown>> =>
      JSON.parse(((await agent.bundle(scene.url)).body as SignedBundle).payload) as Record<string, unknown>;
    const first = await contentOf();
    await seen(scene.policy.commit({ 'web.yaml': goodPolicy('30kpps') }));
    const back = scene.policy.commit({ 'web.yaml': goodPolicy() });
    await seen(back);
    expect(await contentOf()).toEqual({
      ...first,
      epoch: 3,
      commit: back,
      issuedAt: expect.any(String) as string,
      expiresAt: expect.any(String) as string,
    });
  });

  it('never gives an epoch twice, also across restarts', async () => {
    const epochs: (number | undefined)[] = [];
    for (const floor of ['20kpps', '30kpps', '40kpps']) {
      scene.policy.commit({ 'web.yaml': goodPolicy(floor) });
      await scene.start();
      epochs.push((await scene.status()).bundles[0]?.epoch);
      await scene.stop();
    }
    await scene.start();
    expect([...epochs, (await scene.status()).bundles[0]?.epoch]).toEqual([1, 2, 3, 3]);
  });

  it('takes the bundle of a removed group away and leaves the others alone', async () => {
    const other = goodPolicy()
      .replaceAll('web', 'mail')
      .replaceAll(/name: (default|floods)/g, 'name: mail-$1')
      .replaceAll('203.0.113', '198.51.100')
      .replace('2001:db8:10', '2001:db8:20');
    scene.policy.commit({ 'web.yaml': goodPolicy(), 'mail.yaml': other });
    await scene.start();
    expect((await scene.status()).bundles.map(({ group }) => group).sort()).toEqual(['mail', 'web']);
    await seen(scene.policy.commit({ 'web.yaml': goodPolicy() }));
    expect((await scene.status()).bundles).toMatchObject([{ group: 'web' }]);
  });
});

describe('a repository that cannot be read', () => {
  const failing = (reason: RegExp) =>
    vi.waitFor(async () => expect((await scene.status()).policy.error).toMatch(reason), within);

  it('is shown and tried again; what was published stays', async () => {
    const commit = scene.policy.commit({ 'web.yaml': goodPolicy() });
    await scene.start();
    const { bundles } = await scene.status();
    const gitDir = join(scene.policy.path, '.git');

    git(gitDir, ['branch', '--move', 'main', 'gone']);
    await failing(/^TG3001: .* has no branch main/);
    git(gitDir, ['branch', '--move', 'gone', 'main']);
    await vi.waitFor(async () => expect((await scene.status()).policy.error).toBe(null), within);

    rmSync(join(gitDir, 'objects'), { recursive: true });
    writeFileSync(join(gitDir, 'refs', 'heads', 'main'), 'not a commit\n');
    await failing(/^TG3001: /);
    scene.policy.remove();
    await failing(/^TG3001: there is no repository at /);
    expect(await scene.status()).toMatchObject({ bundles, policy: { goodCommit: commit } });
  });

  it('says so when the folder is not in it, or holds no YAML', async () => {
    scene.policy.commit({ 'web.yaml': goodPolicy(), 'docs/readme.md': '' });
    await scene.start({ policy: { repository: scene.policy.path, path: 'policies' } });
    expect((await scene.status()).policy.error).toMatch(/^TG3001: .*policies/);
    await scene.stop();
    await scene.start({ policy: { repository: scene.policy.path, path: 'docs/' } });
    expect((await scene.status()).policy.error).toMatch(/has no \*\.yaml or \*\.yml file below docs/);
  });
});

describe('what is read from a repository', () => {
  it('is the same from a bare clone, and leaves out links, dot folders and other files', async () => {
    const commit = scene.policy.commit({
      'web.yaml': goodPolicy(),
      '.github/workflow.yml': 'on: push\n',
      'notes.txt': 'kind: [',
    });
    const bare = join(scene.folder.path, 'bare.git');
    execFileSync('git', ['clone', '--quiet', '--bare', scene.policy.path, bare]);
    const blob = git(bare, ['hash-object', '-w', '--stdin'], { input: '/etc/passwd' });
    const tree = git(bare, ['mktree'], {
      input: `${git(bare, ['ls-tree', 'main'])}\n120000 blob ${blob}\tlink.yaml\n`,
    });
    const linked = git(bare, ['commit-tree', '-p', commit, '-m', 'link', tree]);
    git(bare, ['update-ref', 'refs/heads/main', linked]);
    await scene.start({ policy: { repository: bare } });
    expect((await scene.status()).policy).toMatchObject({ goodCommit: linked, findings: [], error: null });
  });

  it('is read though another user owns it, and none of its configuration runs', async () => {
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    const marker = join(scene.folder.path, 'ran');
    const gitDir = join(scene.policy.path, '.git');
    for (const key of ['core.fsmonitor', 'core.pager', 'core.sshCommand', 'alias.rev-parse']) {
      git(gitDir, ['config', key, `!touch ${marker}`]);
    }
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', '65534:65534', scene.policy.path]);
    await scene.start();
    expect((await scene.status()).policy.error).toBe(null);
    expect(() => execFileSync('ls', [marker], { stdio: 'pipe' })).toThrow();
  });
});
