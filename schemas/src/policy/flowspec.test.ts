/** FlowSpecPolicies, and the steps that announce by them: mistakes and their places, and what a bundle says. */
import { describe, expect, it } from 'vitest';
import { documentsOf, findingsOf, samplePolicy, sampleWith, summary } from '../testkit/policy-sample.ts';
import { check } from '../validate/check.ts';
import { compileBundle } from './compile.ts';

const identity = {
  epoch: 1,
  commit: '0'.repeat(40),
  issuedAt: '2026-01-31T03:04:05.678Z',
  expiresAt: '2026-02-07T03:04:05.678Z',
};
/** A policy behind the sample with steps; its name is on the line before its spec. */
const edge = (spec: string): string => `---
apiVersion: tidegate/v1
kind: FlowSpecPolicy
metadata: { name: edge }
spec: ${spec}
`;
const owned = 'owned: [203.0.113.0/24, 2001:db8:10::/48]';
const blackhole = 'blackhole: { nextHop: 192.0.2.1, nextHop6: "100::1" }';
const whole = edge(`{ ${owned}, ${blackhole} }`);
/** The steps begin on line 26. */
const stepping = (steps: readonly string[], text = samplePolicy): string =>
  sampleWith('    - drop: { ttl: 10m }\n', steps.map((step) => `    - ${step}\n`).join(''), text);

describe('mistakes in what is announced', () => {
  it.each([
    [
      'a policy that is not there',
      stepping(['flowspec: { policy: egde, ttl: 15m }']) + whole,
      '26:27 unknown-flowspec-policy /spec/steps/0/flowspec/policy → edge',
    ],
    [
      'a policy for others',
      stepping(['flowspec: { policy: edge, ttl: 15m }']) +
        edge(`{ ${owned}, groups: [web-eu] }`) +
        '---\napiVersion: tidegate/v1\nkind: NodeGroup\nmetadata: { name: web-eu }\nspec: { selector: { role: web }, interfaces: [eth0], protect: [203.0.113.0/24], allowEmpty: true }\n' +
        '---\napiVersion: tidegate/v1\nkind: Threshold\nmetadata: { name: web }\nspec: { groups: [web-eu], floor: { packets: 1kpps } }\n',
      '26:27 announcement-group /spec/steps/0/flowspec/policy → nothing',
    ],
    [
      'prefixes of somebody else',
      stepping(['flowspec: { policy: edge, ttl: 15m }']) + edge('{ owned: [198.51.100.0/24] }'),
      '26:27 announcement-group /spec/steps/0/flowspec/policy → nothing',
    ],
    [
      'a blackhole without a next hop',
      stepping(['rtbh: { policy: edge, ttl: 10m, when: { linkShare: 95% } }']) +
        edge(`{ ${owned}, blackhole: { nextHop: 192.0.2.1 } }`),
      '26:23 rtbh-without-next-hop /spec/steps/0/rtbh/policy → nothing',
    ],
    [
      'a blackhole before other steps',
      stepping(['rtbh: { policy: edge, ttl: 10m, when: { bits: 5Gbps } }', 'drop: { ttl: 10m }']) + whole,
      '26:13 rtbh-order /spec/steps/0/rtbh → nothing',
    ],
    [
      'a next hop of the other family',
      samplePolicy + edge(`{ ${owned}, blackhole: { nextHop: "100::1" } }`),
      '39:74 blackhole-next-hop /spec/blackhole/nextHop → nothing',
    ],
    [
      'a community that is too large',
      samplePolicy + edge(`{ ${owned}, communities: ["65001:70000"] }`),
      '39:66 community-value /spec/communities/0 → nothing',
    ],
    [
      'a share of a link that nobody knows',
      stepping(
        ['drop: { ttl: 10m }', 'flowspec: { policy: edge, ttl: 15m, when: { linkShare: 60% } }'],
        sampleWith('  linkCapacity: 10Gbps\n', ''),
      ) + whole,
      '26:62 link-share-without-capacity /spec/steps/1/flowspec/when/linkShare → nothing',
    ],
    [
      'a share of a link that nobody knows, for a drop',
      stepping(['drop: { ttl: 10m, when: { linkShare: 60% } }'], sampleWith('  linkCapacity: 10Gbps\n', '')),
      '25:44 link-share-without-capacity /spec/steps/0/drop/when/linkShare → nothing',
    ],
  ])('%s is one finding', (_, text, expected) => {
    expect(summary(findingsOf(text))).toEqual([expected]);
  });

  it('a blackhole without a condition, and a condition without any, are none of the shape', () => {
    for (const step of ['rtbh: { policy: edge, ttl: 10m }', 'flowspec: { policy: edge, ttl: 1m, when: {} }'])
      expect(findingsOf(stepping([step]) + whole)).toMatchObject([{ severity: 'error' }]);
  });

  it('what is to come is told from a spelling mistake', () => {
    const [finding] = findingsOf(
      stepping(['rtbh: { policy: edge, ttl: 10m, when: { bits: 5Gbps }, approval: required }']) + whole,
    );
    expect(finding?.message).toMatch(/not .*yet|version/i);
  });
});

describe('a bundle', () => {
  const steps = [
    'drop: { ttl: 10m }',
    'flowspec: { policy: edge, rate: 10Mbps, ttl: 15m, when: { linkShare: 60%, for: 5s } }',
    'rtbh: { policy: edge, ttl: 10m, when: { packets: 2Mpps, bits: 9Gbps } }',
  ];
  const bundleOf = (text: string) => compileBundle(documentsOf(text), 'game-eu', identity);

  it('says what may be announced with every default, and when', () => {
    const bundle = bundleOf(stepping(steps) + whole);
    expect(bundle.flowspec).toEqual([
      {
        name: 'edge',
        speaker: 'default',
        owned: ['203.0.113.0/24', '2001:db8:10::/48'],
        ...{ routesMax: 64, perMinute: 30, lengthMin: 32, lengthMin6: 128, blackholedShareMax: 0.05 },
        communities: [],
        blackhole: {
          ...{ nextHop: '192.0.2.1', nextHop6: '100::1' },
          communities: ['65535:666', '65535:65281'],
        },
      },
    ]);
    expect(bundle.playbooks[0]?.steps.slice(1)).toEqual([
      {
        ...{ action: 'flowspec', via: 'flowspec', policy: 'edge', ttlMs: 900_000, mode: 'enforce' },
        limit: { unit: 'bits', perSecond: 1e7 },
        when: { linkShare: 0.6, forMs: 5000 },
      },
      {
        ...{ action: 'rtbh', via: 'rtbh', policy: 'edge', ttlMs: 600_000, mode: 'enforce' },
        when: { packetsPerSecond: 2e6, bitsPerSecond: 9e9, forMs: 10_000 },
      },
    ]);
    expect(check('bundle', bundle)).toMatchObject({ ok: true });
  });

  it('keeps what a policy sets', () => {
    const bounds = 'bounds: { routes: 8, perMinute: 3, length: 24, length6: 64, blackholed: 1% }';
    const text = edge(
      `{ ${owned}, speaker: site, ${bounds}, communities: ["65001:100"], blackhole: { nextHop: 192.0.2.1, communities: [] } }`,
    );
    expect(bundleOf(samplePolicy + text).flowspec).toMatchObject([
      {
        ...{ speaker: 'site', routesMax: 8, perMinute: 3, lengthMin: 24, lengthMin6: 64 },
        ...{ blackholedShareMax: 0.01, communities: ['65001:100'] },
        blackhole: { nextHop: '192.0.2.1', nextHop6: null, communities: [] },
      },
    ]);
  });
});
