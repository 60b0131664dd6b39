import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { buildUdp } from '../../engine/packet/index.ts';
import { counter } from '../../engine/types.ts';
import { createXdpBed } from '../../testkit/xdp.ts';
import { testRun } from '../../testkit/test-run.ts';
import { createSources, type Sources } from './sources.ts';
import type { XdpSource } from './index.ts';

const bed = createXdpBed('s');
let source: XdpSource;
let sources: Sources;

beforeEach(() => {
  // Every packet is looked at: what thinning does to estimates is told by the tests of samples.
  source = bed.open({ samplesPerSecondMax: 1, looksPerSecondMax: 10_000_000 });
  sources = createSources(source.datapath);
});
afterEach(() => {
  source.close({ keepRules: false });
});
afterAll(() => {
  bed.remove();
});

const epochNs = 2 ** 30;
const nowNs = (): number => Number(process.hrtime.bigint());

/** Waits until a second of the kernel's sketch begins. */
async function nextEpoch(): Promise<void> {
  const left = epochNs - (nowNs() % epochNs);
  await new Promise((resolve) => setTimeout(resolve, left / 1e6 + 20));
}

const frameFrom = (from: string, destination = '203.0.113.9'): Uint8Array =>
  bed.pair.frame(buildUdp({ source: from, destination, sourcePort: 4000, destinationPort: 9 }));

test('heavy sources stand out of a flood of sources that come once', async () => {
  const heavy = ['198.51.100.1', '198.51.100.2', '198.51.100.3'].map((from) => frameFrom(from));
  await nextEpoch();
  const from = nowNs();
  for (let round = 0; round < 3000; round++) {
    const spoofed = `10.${round % 250}.${(round * 7) % 256}.${(round * 13) % 256}`;
    testRun(source.datapath.programFd, frameFrom(spoofed));
    if (round % 5 === 0) testRun(source.datapath.programFd, heavy[0]!);
    if (round % 10 === 0) testRun(source.datapath.programFd, heavy[1]!);
    if (round % 20 === 0) testRun(source.datapath.programFd, heavy[2]!);
  }
  expect(Math.floor(nowNs() / epochNs)).toBe(Math.floor(from / epochNs));
  await nextEpoch();
  const found = sources.heaviest(nowNs(), 3);
  expect(found.map((entry) => entry.source)).toEqual(['198.51.100.1', '198.51.100.2', '198.51.100.3']);
  for (const [index, sent] of [600, 300, 150].entries()) {
    expect(found[index]!.packets).toBeGreaterThanOrEqual(sent);
    // Three thousand others share 1024 buckets in each of three rows.
    expect(found[index]!.packets).toBeLessThanOrEqual(sent + 12);
  }
});

test('known sources: learned while learning is on, and only then', () => {
  const shares = (): [number, number] => {
    const counts = source.read().targets[0]?.counts;
    return [counts?.[counter.sourcesSampled] ?? 0, counts?.[counter.sourcesNew] ?? 0];
  };
  const send = (): void => {
    for (let host = 1; host <= 50; host++)
      testRun(source.datapath.programFd, frameFrom(`198.51.100.${host}`));
  };
  send();
  expect(shares()).toEqual([50, 50]);
  send();
  expect(shares()).toEqual([50, 50]);
  source.datapath.setSwitch('learnSources', true);
  send();
  expect(shares()).toEqual([50, 50]);
  source.datapath.setSwitch('learnSources', false);
  send();
  expect(shares()).toEqual([50, 0]);
  expect(sources.known()).toBe(50);
});

test('what is known outlives one change of the halves, not two', () => {
  const isNew = (): number => {
    testRun(source.datapath.programFd, frameFrom('198.51.100.1'));
    return source.read().targets[0]?.counts[counter.sourcesNew] ?? 0;
  };
  source.datapath.setSwitch('learnSources', true);
  expect(isNew()).toBe(1);
  source.datapath.setSwitch('learnSources', false);
  const day = 24 * 3600e9;
  sources.tend(0);
  sources.tend(day);
  expect([isNew(), sources.known()]).toEqual([0, 0]);
  sources.tend(2 * day);
  expect(isNew()).toBe(1);
});
