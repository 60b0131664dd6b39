import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildIndicatorSet, IndicatorEntries, parseAddress, type IndicatorAction } from '@tidegate/schemas';
import type { XdpSource } from '../../capture/xdp/index.ts';
import { buildUdp } from '../../engine/packet/index.ts';
import { counter } from '../../engine/types.ts';
import { createXdpBed } from '../../testkit/xdp.ts';
import { xdpVerdict } from '../../testkit/test-run.ts';
import { createIndicatorLoader, type IndicatorLoader } from './indicators.ts';

const bed = createXdpBed('i');
const folder = mkdtempSync(join(tmpdir(), `tg-${process.pid}-indicators-`));
const targets = { 4: '203.0.113.9', 6: '2001:db8:113::9' };
let source: XdpSource;
let loader: IndicatorLoader;

beforeAll(() => {
  source = bed.open();
  loader = createIndicatorLoader(source.datapath);
});
beforeEach(() => {
  source.datapath.setPolicy(bed.options);
});
afterAll(() => {
  loader.close();
  bed.remove();
  rmSync(folder, { recursive: true, force: true });
});

interface Feed {
  readonly name: string;
  readonly action: IndicatorAction;
  readonly texts: readonly string[];
}

function build(feeds: readonly Feed[]): Uint8Array {
  const filled = feeds.map(({ name, action, texts }) => {
    const entries = new IndicatorEntries();
    for (const text of texts) expect(entries.addText(text)).toBeNull();
    return { name, action, entries };
  });
  return buildIndicatorSet(filled, { builtAt: '2026-01-31T03:04:05.678Z' });
}

function file(feeds: readonly Feed[]): string {
  const path = join(folder, 'set.tgi');
  writeFileSync(path, build(feeds));
  return path;
}

const packetFrom = (from: string): Uint8Array => {
  const destination = targets[from.includes(':') ? 6 : 4];
  return buildUdp({ source: from, destination, sourcePort: 4000, destinationPort: 9 });
};

type Seen = 'none' | 'count' | 'drop';

/** What the program says of a source. */
function ask(from: string): Seen {
  source.read();
  const [verdict] = bed.see(source, [packetFrom(from)]);
  const counts = source.read().targets[0]?.counts;
  const hits = counts?.[counter.indicatorPackets] ?? 0;
  expect(hits).toBeLessThanOrEqual(1);
  if (verdict === xdpVerdict.drop) {
    expect(hits).toBe(1);
    return 'drop';
  }
  return hits === 0 ? 'none' : 'count';
}

const mixed: readonly Feed[] = [
  {
    name: 'watch',
    action: 'count',
    texts: ['198.51.100.7', '192.88.0.0/15', '192.0.2.64/27', '192.0.2.8/31'],
  },
  { name: 'block', action: 'drop', texts: ['198.51.100.8', '192.88.99.0/24', '5.0.0.0/8', '192.0.2.80/28'] },
  {
    name: 'watch6',
    action: 'count',
    texts: ['2400:cb00:1::5', '2a00:1450::/32', '2a01:4f8:1::/48', '2606:4700::/29', '2a0d:3340:1:8::/61'],
  },
  { name: 'block6', action: 'drop', texts: ['2400:cb00:1::6', '2a01:4f8:1:2::/64', '2a10:50c0::/32'] },
];

describe('a set in the kernel', () => {
  test.each([
    ['198.51.100.7', 'count'],
    ['198.51.100.8', 'drop'],
    ['198.51.100.9', 'none'],
    ['192.88.1.1', 'count'],
    ['192.88.99.1', 'drop'],
    ['192.89.255.255', 'count'],
    ['192.90.0.0', 'none'],
    ['192.0.2.64', 'count'],
    ['192.0.2.95', 'drop'],
    ['192.0.2.79', 'count'],
    ['192.0.2.96', 'none'],
    ['192.0.2.8', 'count'],
    ['192.0.2.9', 'count'],
    ['192.0.2.10', 'none'],
    ['5.255.0.1', 'drop'],
    ['2400:cb00:1::5', 'count'],
    ['2400:cb00:1::6', 'drop'],
    ['2400:cb00:1::7', 'none'],
    ['2a00:1450::1', 'count'],
    ['2a00:1451::1', 'none'],
    ['2a01:4f8:1:1::1', 'count'],
    ['2a01:4f8:1:2::1', 'drop'],
    ['2a01:4f8:2::1', 'none'],
    ['2606:4707:ffff::1', 'count'],
    ['2606:4708::1', 'none'],
    ['2a0d:3340:1:f::1', 'count'],
    ['2a0d:3340:1:10::1', 'none'],
    ['2a10:50c0:ffff::1', 'drop'],
  ] satisfies [string, Seen][])('%s: %s', async (address, wanted) => {
    if (loader.current()?.counts.v4 !== 8) await loader.load(file(mixed));
    expect(ask(address)).toBe(wanted);
  });

  test('says which feed and entry', async () => {
    const set = await loader.load(file(mixed));
    expect(set.matchesOf(parseAddress('192.88.99.1').bytes)).toEqual([
      { feed: 'block', entry: '192.88.99.0/24', action: 'drop' },
      { feed: 'watch', entry: '192.88.0.0/15', action: 'count' },
    ]);
  });

  test('observe mode drops nothing, and counts what it would have dropped', async () => {
    await loader.load(file(mixed));
    source.datapath.setPolicy({ ...bed.options, observe: true });
    source.read();
    expect(bed.see(source, [packetFrom('198.51.100.8')])).toEqual([xdpVerdict.pass]);
    const counts = source.read().targets[0]!.counts;
    expect([counts[counter.indicatorPackets], counts[counter.wouldDropPackets]]).toEqual([1, 1]);
  });

  test('a safelisted source and what the network needs are exempt', async () => {
    await loader.load(file(mixed));
    source.datapath.setPolicy({ ...bed.options, safelist: ['198.51.100.0/28'] });
    expect(ask('198.51.100.8')).toBe('none');
    expect(ask('5.1.1.1')).toBe('drop');
  });

  test('a v6 source that claims to be a v4 one is none', async () => {
    await loader.load(file(mixed));
    expect(ask('::ffff:198.51.100.8')).toBe('none');
  });
});

test('another set takes the place of the first, and none of both', async () => {
  await loader.load(file([{ name: 'a', action: 'drop', texts: ['198.51.100.1'] }]));
  expect([ask('198.51.100.1'), ask('198.51.100.2')]).toEqual(['drop', 'none']);
  await loader.load(file([{ name: 'b', action: 'drop', texts: ['198.51.100.2'] }]));
  expect([ask('198.51.100.1'), ask('198.51.100.2')]).toEqual(['none', 'drop']);
  await loader.unload();
  expect([ask('198.51.100.1'), ask('198.51.100.2')]).toEqual(['none', 'none']);
  expect(loader.current()).toBeNull();
});

test('a cut file leaves the set before in force', async () => {
  await loader.load(file([{ name: 'a', action: 'drop', texts: ['198.51.100.1'] }]));
  const path = file([{ name: 'b', action: 'drop', texts: ['198.51.100.2'] }]);
  truncateSync(path, 4096);
  await expect(loader.load(path)).rejects.toMatchObject({ code: 'TG2015' });
  expect([ask('198.51.100.1'), ask('198.51.100.2')]).toEqual(['drop', 'none']);
});

test('an adopted datapath goes on with the set that an earlier process loaded', async () => {
  await loader.load(file([{ name: 'a', action: 'drop', texts: ['198.51.100.1'] }]));
  loader.close();
  source.close({ keepRules: true });
  source = bed.open();
  expect(source.datapath.adopted).toBe(true);
  loader = createIndicatorLoader(source.datapath);
  expect(ask('198.51.100.1')).toBe('drop');
});
