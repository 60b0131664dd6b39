import { expect, it } from 'vitest';
import { pictureOf, plus, web } from './picture.contract.ts';
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
