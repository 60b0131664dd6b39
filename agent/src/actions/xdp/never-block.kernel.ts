import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { XdpSource } from '../../capture/xdp/index.ts';
import { buildTcp, buildUdp } from '../../engine/packet/index.ts';
import { createXdpBed } from '../../testkit/xdp.ts';
import { xdpVerdict } from '../../testkit/test-run.ts';
import { createXdpRules, type XdpRules } from './index.ts';
import { createNeverBlock, type KeptFlow, type NeverBlock } from './never-block.ts';

const bed = createXdpBed('n');
let source: XdpSource;
let rules: XdpRules;
let kept: NeverBlock;

beforeEach(async () => {
  source = bed.open({ looksPerSecondMax: 0 });
  rules = createXdpRules(source.datapath);
  kept = createNeverBlock(source.datapath);
  await rules.apply({
    id: 'mit-00000000000000aa',
    match: { destination: '203.0.113.0/24' },
    ttlMs: 60_000,
    verdict: 'drop',
  });
});
afterEach(() => {
  source.close({ keepRules: false });
});
afterAll(() => {
  bed.remove();
});

const bgp: KeptFlow = {
  name: 'bgp',
  match: {
    destination: '203.0.113.1/32',
    source: '192.0.2.1/32',
    protocol: 6,
    destinationPorts: [{ from: 179, to: 179 }],
  },
};

const tcp = (from: string, destinationPort: number): Uint8Array =>
  buildTcp({ source: from, destination: '203.0.113.1', sourcePort: 4000, destinationPort, flags: 16 });

const verdicts = (...packets: Uint8Array[]): number[] => bed.see(source, packets);

test('a flow is kept from a rule that would drop it, and nothing beside it is', () => {
  expect(verdicts(tcp('192.0.2.1', 179))).toEqual([xdpVerdict.drop]);
  kept.set([bgp]);
  expect(
    verdicts(
      tcp('192.0.2.1', 179),
      tcp('192.0.2.1', 180),
      tcp('192.0.2.2', 179),
      buildUdp({ source: '192.0.2.1', destination: '203.0.113.1', sourcePort: 4000, destinationPort: 179 }),
    ),
  ).toEqual([xdpVerdict.pass, xdpVerdict.drop, xdpVerdict.drop, xdpVerdict.drop]);
  expect(kept.hits()).toEqual([{ name: 'bgp', packets: 1, overRate: 0 }]);
  kept.set([]);
  expect(verdicts(tcp('192.0.2.1', 179))).toEqual([xdpVerdict.drop]);
});

test('above its rate it is a flow like any other', () => {
  kept.set([{ ...bgp, packetsPerSecondMax: 50 }]);
  const seen = verdicts(...Array.from({ length: 200 }, () => tcp('192.0.2.1', 179)));
  const through = seen.filter((verdict) => verdict === xdpVerdict.pass).length;
  expect(through).toBeGreaterThanOrEqual(5);
  expect(through).toBeLessThan(60);
  expect(kept.hits()).toEqual([{ name: 'bgp', packets: through, overRate: 200 - through }]);
});

test('one that names another interface keeps nothing', () => {
  kept.set([{ ...bgp, interfaceIndex: 9999 }]);
  expect(verdicts(tcp('192.0.2.1', 179))).toEqual([xdpVerdict.drop]);
});

test('the other family, and a list of 64', () => {
  const many = Array.from({ length: 63 }, (_, index): KeptFlow => ({
    name: `peer ${index}`,
    match: { destination: '203.0.113.1/32', source: `192.0.2.${index + 1}/32`, protocol: 6 },
  }));
  const ipv6: KeptFlow = {
    name: 'ipv6',
    match: { destination: '2001:db8:113::/64', source: '2001:db8:9::/48', protocol: 17 },
  };
  kept.set([...many, ipv6]);
  expect(verdicts(tcp('192.0.2.63', 1), tcp('192.0.2.64', 1))).toEqual([xdpVerdict.pass, xdpVerdict.drop]);
  expect(() => {
    kept.set([...many, ipv6, bgp]);
  }).toThrow('65 entries');
  expect(verdicts(tcp('192.0.2.63', 1))).toEqual([xdpVerdict.pass]);
});
