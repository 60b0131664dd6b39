import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check, compileBundle, parsePolicy } from '@tidegate/schemas';
import { RecordingReader } from '../engine/recording/index.ts';
import { SimulationRun } from '../engine/simulate/index.ts';
import type { SimulationOutcome } from '../engine/simulate/index.ts';
import { agentBin } from '../testkit/daemons.ts';
import { labAddresses } from '../testkit/netns.ts';
import { startProcess } from '../testkit/process.ts';
import type { RunningProcess } from '../testkit/process.ts';
import { createScene, eventually, floods, labPolicy, type Scene } from '../testkit/scene/index.ts';

const [victim] = labAddresses.victim.ipv4;
let scene: Scene;
beforeAll(async () => {
  scene = await createScene({ label: 'record' });
  scene.push(labPolicy());
  await scene.startController();
  await scene.startAgent();
  await scene.watching();
});
afterAll(async () => {
  await scene.close();
});

/** Begins `tidegate-agent record`; resolves once the agent agreed, which it shows by the file. */
async function record(output: string, ...args: string[]): Promise<RunningProcess> {
  const line = [agentBin, 'record', '--output', output, '--config', scene.agent.configFile, ...args];
  const running = await startProcess({ name: 'record', command: process.execPath, args: line });
  await eventually('the recording', () => (existsSync(output) && statSync(output).size > 0 ? true : null));
  return running;
}

/** What the policy of the lab does on a recording. */
function simulate(bytes: Uint8Array): { outcome: SimulationOutcome; reader: RecordingReader } {
  const { documents } = parsePolicy([{ path: 'lab.yaml', text: labPolicy() }]);
  const stamp = { issuedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2027-01-01T00:00:00.000Z' };
  const bundle = compileBundle(documents, 'lab', { epoch: 1, commit: '0'.repeat(40), ...stamp });
  const reader = new RecordingReader('recording');
  const windows = [...reader.push(bytes), ...reader.end()];
  const run = new SimulationRun({ bundle, startedAtMs: Date.parse(reader.header!.startedAt) });
  for (const { reading } of windows) run.take(reading);
  return { outcome: run.outcome(), reader };
}

const ended = async (recording: RunningProcess): Promise<void> => {
  await eventually('the end of the recording', () => (recording.exitCode() === null ? null : true));
};

describe('tidegate-agent record', () => {
  test('gives a simulation the incident that the agent had', async () => {
    const output = join(scene.directory, 'attack.ndjson');
    const recording = await record(output, '--samples', '512');
    await scene.attack({ ...floods.dns, destination: victim }, async () => {
      await scene.mitigated(victim);
      // The effect has to be in the recording as well, which has a window for each tick.
      const { ticks } = await scene.until(() => true);
      await scene.until((now) => now.ticks.total >= ticks.total + 3);
    });
    recording.signal('SIGINT');
    await ended(recording);
    expect([recording.exitCode(), recording.output()]).toEqual([
      0,
      expect.stringMatching(/attack\.ndjson: \d+ windows, \d+ bytes, stopped before its time\n$/),
    ]);
    expect(statSync(output).mode & 0o777).toBe(0o600);

    const { outcome, reader } = simulate(readFileSync(output));
    expect(reader.trailer).toMatchObject({ windowsLost: 0, reason: 'stopped' });
    await scene.quiet();
    const { records } = await scene.audited();
    const opened = records.find(({ kind }) => kind === 'incident.opened')!.body as Record<string, unknown>;
    const intent = records.find(({ kind }) => kind === 'action.intent')!.body as Record<string, unknown>;
    const [incident] = outcome.incidents;
    expect(incident).toMatchObject({ target: victim, family: opened['family'] });
    expect(incident!.actions[0]).toMatchObject({ type: 'drop', level: 'effective', match: intent['match'] });
    expect(records).toContainEqual(
      expect.objectContaining({
        kind: 'operator.command',
        body: expect.objectContaining({ command: 'record' }) as unknown,
      }),
    );
  });

  test('packs, replaces sources, keeps to its size, and is the only one at a time', async () => {
    const output = join(scene.directory, 'small.ndjson.gz');
    const recording = await record(output, '--anonymise', '--max-bytes', '200000', '--format', 'json');
    const second = scene.command('outside', 'record', '--output', join(scene.directory, 'second.ndjson'));
    expect(second).toMatchObject({ exitCode: 1, stdout: '' });
    expect(second.stderr).toBe('TG2012 a recording is under way; one is made at a time.\n');
    await scene.attack({ ...floods.udp, destination: victim }, async () => {
      await ended(recording);
    });
    const end: unknown = JSON.parse(recording.output());
    expect(check('recording-end', end).ok).toBe(true);
    expect(end).toMatchObject({ reason: 'size' });
    const bytes = gunzipSync(readFileSync(output));
    expect(bytes.length).toBeLessThanOrEqual(200_000);
    const { reader, outcome } = simulate(bytes);
    expect([reader.trailer, reader.header!.anonymised, outcome.samples > 100]).toEqual([end, true, true]);
    await scene.quiet();
  });

  test('writes over nothing, and takes no nonsense', () => {
    const output = join(scene.directory, 'attack.ndjson');
    const before = readFileSync(output);
    const again = scene.command('outside', 'record', '--output', output, '--duration', '200ms');
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringMatching(/^TG5007 .*attack\.ndjson/)]);
    expect(readFileSync(output)).toEqual(before);
    const wrong = (...args: string[]) =>
      scene.command('outside', 'record', '--output', '/nonexistent/x', ...args);
    expect(wrong('--duration', 'soon')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^TG5001 .*--duration/) as string,
    });
    expect(wrong('--samples', '-1')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^TG5001 .*--samples/) as string,
    });
    expect(wrong('--max-bytes', '10')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^TG5001 .*--max-bytes/) as string,
    });
    expect(wrong('--duration', '200ms')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^TG5007 .*\/nonexistent\/x/) as string,
    });
  });
});
