import { expect, it } from 'vitest';
import { ratioFeature, volumeFeature } from '../../features.ts';
import { Picture } from '../picture.ts';
import { pictureOf, plus, web, windowOf } from './picture.contract.ts';
import { rareProtocol } from './rare-protocol.ts';

const flood = (counted: 'icmpPackets' | 'fragments' | 'otherPackets' | 'udpPackets') =>
  plus({ packets: 20_000, [counted]: 20_000 });
const judged = (counted: Parameters<typeof flood>[0], quiet = web) =>
  rareProtocol.judge(pictureOf({ now: flood(counted), quiet }))!;

it.each([
  ['icmpPackets', 'ICMP'],
  ['fragments', 'fragments'],
  ['otherPackets', 'protocols beside'],
] as const)('%s are a sign where they are most of the excess', (counted, name) => {
  expect(judged(counted).score).toBe(1);
  expect(judged(counted).reason()).toContain(name);
});

it('says nothing of TCP and UDP', () => {
  expect(judged('udpPackets').score).toBe(0);
});

it('says nothing of a tunnel, whose traffic is always like that', () => {
  expect(judged('otherPackets', { packets: 5000, otherPackets: 4900 }).score).toBeLessThan(0.5);
});

it('says little of pings in a burst where they come every day, and all of what is far above their bursts', () => {
  const known = { spread: 0.4, count: 1e4, ageMs: 1e9 };
  const usualOf = (feature: number) => {
    if (feature === ratioFeature('icmpShare')) return { ...known, median: 0.08, high: 0.3 };
    return feature === volumeFeature('icmp', 1000) ? { ...known, median: 400, high: 1500 } : null;
  };
  const quiet = { packets: 5000, tcpPackets: 4600, icmpPackets: 400 };
  const score = (icmpPackets: number) => {
    const window = windowOf({ now: { ...quiet, packets: 4600 + icmpPackets, icmpPackets }, quiet });
    const usualRates = window.history!.quietPerSecond;
    return rareProtocol.judge(
      new Picture({ window, usualOf, usualRates, sinceNs: 0, linkBitsPerSecond: null }),
    )!.score;
  };
  expect(score(3000)).toBe(0);
  expect(score(3800)).toBeLessThan(0.5);
  expect(score(5500)).toBe(1);
});
