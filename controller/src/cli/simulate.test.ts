import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { writeScenario } from '@tidegate/agent/testkit';
import { check, type Simulation } from '@tidegate/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, goodPolicy, PolicyRepo, testFolder, type TestFolder } from '../testkit/index.ts';

let folder: TestFolder;
let repo: PolicyRepo;
let recording: string;
const target = '203.0.113.10';

beforeAll(() => {
  folder = testFolder();
  repo = new PolicyRepo(join(folder.path, 'policy'));
  recording = join(folder.path, 'attack.ndjson');
  writeScenario(recording, {
    ...{ seed: 'simulate', startedAt: '2026-01-01T00:00:00.000Z', durationMs: 4000 },
    protect: ['203.0.113.0/24'],
    attacks: [{ family: 'udp_flood', target, packetsPerSecond: 30_000, startMs: 2000, endMs: 3000 }],
  });
});
afterAll(() => folder.remove());

const simulate = async (...args: string[]) =>
  await cli('simulate', repo.path, '--traffic', recording, ...args);
const simulated = async (...args: string[]): Promise<Simulation> => {
  const { json, err } = await simulate('--format', 'json', ...args);
  const checked = check('simulation', json());
  if (!checked.ok) throw new Error(`${checked.problems[0].path}: ${checked.problems[0].message}\n${err}`);
  return checked.value;
};

describe('tidegate simulate', () => {
  it('says which incidents there would have been, and what would have been done', async () => {
    repo.commit({ 'web.yaml': goodPolicy() });
    const simulation = await simulated();
    expect(simulation).toMatchObject({
      ...{ schema: 'tidegate/simulation/v1', group: 'web', mode: 'enforce', diff: null },
      traffic: { kind: 'recording', startedAt: '2026-01-01T00:00:00.000Z', durationMs: 4000, windows: 40 },
      incidents: [
        {
          ...{ target, family: 'udp_flood', startedAtMs: 2000, detectedAtMs: 2100, endedAtMs: null },
          actions: [{ type: 'drop', atMs: 2100, ttlSeconds: 600, mode: 'enforce', level: 'effective' }],
        },
      ],
      collateral: { basis: 'labels', reason: null },
      labelled: [{ target, family: 'udp_flood', startedAtMs: 2000, endedAtMs: 3000, detectionMs: 100 }],
    });
    const { incidents, labelled, packets, collateral } = simulation;
    expect(labelled![0]!.incident).toBe(incidents[0]!.id);
    // A second at 30 kpps, but for the tenth before the rule.
    expect(packets.wouldDrop).toBeGreaterThan(26_000);
    expect(packets.wouldDrop).toBeLessThan(27_500);
    expect(collateral.share).toBeLessThan(0.001);
  });

  it('gives the same bytes again, and from a gzipped recording', async () => {
    const { out } = await simulate('--format', 'json');
    expect((await simulate('--format', 'json')).out).toBe(out);
    const packed = join(folder.path, 'attack.ndjson.gz');
    await pipeline(createReadStream(recording), createGzip(), createWriteStream(packed));
    expect((await cli('simulate', repo.path, '--traffic', packed, '--format', 'json')).out).toBe(out);
  });

  it('tells it to people', async () => {
    const { code, out, err } = await simulate();
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^2.1 s: udp_flood on 203\.0\.113\.10, confidence 0\.\d+; began at 2 s, still open at the end$/m,
    );
    expect(out).toMatch(/^ {2}2\.1 s: drop for 600 s by xdp, effective: UDP to 203\.0\.113\.10\/32/m);
    expect(out).toMatch(/^labelled attacks: 1, detected 1$/m);
  });

  it('does nothing in observe mode, and says what it would have done', async () => {
    repo.commit({ 'web.yaml': goodPolicy().replace('mode: enforce', 'mode: observe') });
    const simulation = await simulated();
    expect(simulation.incidents).toMatchObject([
      { family: 'udp_flood', actions: [{ type: 'drop', mode: 'observe', level: 'installed' }] },
    ]);
    expect(simulation.packets.wouldDrop).toBeGreaterThan(26_000);
  });

  it('compares with another revision, by what is triggered', async () => {
    const before = repo.commit({ 'web.yaml': goodPolicy('50kpps') });
    repo.commit({ 'web.yaml': goodPolicy() });
    const { diff, incidents } = await simulated('--base', 'HEAD~1');
    const told = { incident: incidents[0]!.id, target, family: 'udp_flood', atMs: 2100 };
    expect(diff).toMatchObject({
      base: before,
      newlyTriggered: [
        { ...told, trigger: 'incident' },
        { ...told, trigger: 'drop' },
      ],
      noLongerTriggered: [],
      packets: { wouldDrop: 0 },
      collateral: { packets: 0, share: 0, basis: null },
    });
    repo.commit({ 'web.yaml': goodPolicy('50kpps') });
    const back = await simulated('--base', 'HEAD~1');
    expect(back.diff).toMatchObject({
      newlyTriggered: [],
      noLongerTriggered: [{ trigger: 'incident' }, { trigger: 'drop' }],
    });
    expect((await simulate('--base', 'HEAD~1')).out).toContain('newly triggered: 0, no longer triggered: 2');
  });

  it('takes the folder below a repository as it was, also where it has something new that is not committed', async () => {
    repo.commit({ 'policies/web.yaml': goodPolicy() });
    writeFileSync(join(repo.path, 'policies', 'web.yaml'), goodPolicy('50kpps'));
    const below = join(repo.path, 'policies');
    const { json } = await cli(
      'simulate',
      below,
      '--traffic',
      recording,
      '--base',
      'main',
      '--format',
      'json',
    );
    expect(json()).toMatchObject({
      incidents: [],
      diff: { noLongerTriggered: [{ trigger: 'incident' }, {}] },
    });
  });

  it('calls everything new where the group was not there before', async () => {
    repo.commit({ 'web.yaml': goodPolicy().replaceAll('web', 'old') });
    repo.commit({ 'web.yaml': goodPolicy() });
    expect((await simulated('--base', 'HEAD~1')).diff).toMatchObject({
      newlyTriggered: [{ trigger: 'incident' }, { trigger: 'drop' }],
      packets: { wouldDrop: 0 },
    });
  });
});

describe('tidegate simulate exits 2 with one error', () => {
  const refused = async (message: string | RegExp, ...args: string[]): Promise<void> => {
    const { code, out, err } = await cli('simulate', ...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err.split('\n')).toHaveLength(3);
  };

  it('for a file that is not there', async () => {
    repo.commit({ 'web.yaml': goodPolicy() });
    await refused(/TG5003: \/nonexistent cannot be read/, repo.path, '--traffic', '/nonexistent');
  });

  it('for a line that is cut off, with its number', async () => {
    const cut = join(folder.path, 'cut.ndjson');
    const lines = readFileSync(recording, 'utf8').split('\n');
    writeFileSync(cut, `${lines.slice(0, 4).join('\n')}\n${lines[4]!.slice(0, 200)}`);
    await refused(/TG1014: .*cut\.ndjson:5: it is not JSON, or is cut off/, repo.path, '--traffic', cut);
  });

  it('for a packed recording that is cut off, with the line', async () => {
    const packed = join(folder.path, 'cut.ndjson.gz');
    await pipeline(createReadStream(recording), createGzip(), createWriteStream(packed));
    truncateSync(packed, 20_000);
    await refused(/TG1014: .*cut\.ndjson\.gz:\d+: /, repo.path, '--traffic', packed);
  });

  it('for a file of another kind, and for an empty one', async () => {
    await refused(
      /TG5006: .*web\.yaml: it is neither pcap nor pcapng/,
      repo.path,
      '--traffic',
      join(repo.path, 'web.yaml'),
    );
    const empty = join(folder.path, 'empty.ndjson');
    writeFileSync(empty, '');
    await refused(/TG1014: .*empty\.ndjson:1: the file is empty/, repo.path, '--traffic', empty);
  });

  it('for traffic that is not of the group', async () => {
    repo.commit({ 'web.yaml': goodPolicy().replace('203.0.113.0/24', '192.0.2.0/24') });
    await refused(
      /TG5008: .* has no packet for what the group "web" protects \(192\.0\.2\.0\/24/,
      repo.path,
      '--traffic',
      recording,
    );
  });

  it('for a group that is not there, and for several of which none is named', async () => {
    repo.commit({ 'web.yaml': goodPolicy() });
    await refused(
      /TG5001: there is no node group "mail"; there is web/,
      repo.path,
      '--traffic',
      recording,
      '--group',
      'mail',
    );
    const other = goodPolicy()
      .replaceAll('web', 'mail')
      .replaceAll(/name: (default|floods)/g, 'name: mail-$1')
      .replaceAll('203.0.113', '198.51.100')
      .replace('2001:db8:10', '2001:db8:20');
    repo.commit({ 'web.yaml': goodPolicy(), 'mail.yaml': other });
    await refused(
      /TG5001: the policy has 2 node groups; say which: --group mail \| web/,
      repo.path,
      '--traffic',
      recording,
    );
    expect((await simulated('--group', 'web')).group).toBe('web');
  });

  it('for a policy that the controller would refuse', async () => {
    repo.commit({ 'web.yaml': goodPolicy().replace('interfaces:', 'interfaecs:') });
    await refused(/TG1015: .*policy: web\.yaml:7:3: error: Unknown key/, repo.path, '--traffic', recording);
  });

  it('for a base that is not there, does not validate, or is in no repository', async () => {
    repo.commit({ 'web.yaml': 'kind: [' });
    repo.commit({ 'web.yaml': goodPolicy() });
    await refused(
      /TG3001: .* has no revision nowhere/,
      repo.path,
      '--traffic',
      recording,
      '--base',
      'nowhere',
    );
    await refused(
      /TG1015: HEAD~1: web\.yaml:1:\d+: error/,
      repo.path,
      '--traffic',
      recording,
      '--base',
      'HEAD~1',
    );
    const alone = join(folder.path, 'alone');
    mkdirSync(alone);
    writeFileSync(join(alone, 'web.yaml'), goodPolicy());
    await refused(
      /TG3001: .*alone lies in no git repository/,
      alone,
      '--traffic',
      recording,
      '--base',
      'HEAD',
    );
    rmSync(alone, { recursive: true });
  });
});
