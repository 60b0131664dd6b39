/**
 * Half an hour of a node's traffic, written as a recording and replayed: the recording loses nothing, the same bytes give the
 * same report, and virtual time is worth its name. TIDEGATE_TEST_FULL=1: six hours.
 */
import { expect, it } from 'vitest';
import { Weeks } from '../generator/rates/index.ts';
import { RecordingReader, recordedLine, recordingHeader } from '../recording/index.ts';
import { bundle } from '../simulation.contract.ts';
import { SimulationRun } from './simulation.ts';

const days = process.env['TIDEGATE_TEST_FULL'] === '1' ? 1 / 4 : 1 / 48;
const startedAtMs = Date.UTC(2026, 0, 1);
const windowsInAll = days * 864_000;
const windowsPerChunk = 1000;

it('a long recording gives the report that the traffic itself gives', () => {
  const weeks = new Weeks({ seed: 'simulate', learningDays: 0, testDays: days, pulses: 3, ramps: 0 });
  const protect = weeks.targets.map(({ target }) => `${target}/${target.includes(':') ? 128 : 32}`);
  const policy = { ...bundle, protect };
  const header = recordingHeader({
    node: 'weeks',
    startedAt: new Date(startedAtMs).toISOString(),
    windowMs: 100,
    protect,
  });
  const direct = new SimulationRun({ bundle: policy, startedAtMs });
  const replayed = new SimulationRun({ bundle: policy, startedAtMs });
  const reader = new RecordingReader('weeks');
  let lines = [JSON.stringify(header)];
  let [bytes, replayMs] = [0, 0];
  const replay = (): void => {
    const chunk = new TextEncoder().encode(`${lines.join('\n')}\n`);
    lines = [];
    bytes += chunk.length;
    const from = performance.now();
    for (const { reading, labels } of reader.push(chunk)) replayed.take(reading, labels);
    replayMs += performance.now() - from;
  };
  for (let window = 0; window < windowsInAll; window++) {
    const reading = weeks.next();
    lines.push(recordedLine(reading));
    weeks.isLearningSources = !direct.hasIncident;
    direct.take(reading);
    if (lines.length === windowsPerChunk) replay();
  }
  replay();
  expect(replayed.outcome()).toEqual(direct.outcome());
  const { windows, incidents, packets } = replayed.outcome();
  expect(windows).toBe(windowsInAll);
  expect(incidents.length).toBeGreaterThan(0);
  expect(packets.wouldDrop).toBeGreaterThan(0);
  const rate = Math.round(windows / (replayMs / 1000));
  console.log(
    `simulate: ${windows} windows of ${(bytes / windows).toFixed(0)} bytes, ${weeks.targets.length} targets, ${incidents.length} incidents: ${rate} windows/s`,
  );
});
