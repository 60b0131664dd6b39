import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../encoding/canonical.ts';
import { documentsOf, samplePolicy, sampleWith } from '../testkit/policy-sample.ts';
import { check } from '../validate/check.ts';
import { compileBundle } from './compile.ts';

const identity = {
  epoch: 7,
  commit: 'a'.repeat(40),
  issuedAt: '2026-01-31T03:04:05.678Z',
  expiresAt: '2026-02-07T03:04:05.678Z',
};
const compile = (...texts: string[]) => compileBundle(documentsOf(...texts), 'game-eu', identity);

describe('compileBundle', () => {
  it('fills in defaults and writes amounts in base units', () => {
    expect(compile(samplePolicy)).toEqual({
      schema: 'tidegate/bundle/v1',
      group: 'game-eu',
      ...identity,
      allowEmpty: false,
      mode: 'enforce',
      interfaces: ['eth0'],
      protect: ['203.0.113.0/24', '2001:db8:10::/48'],
      linkCapacityBitsPerSecond: 1e10,
      safelist: ['198.51.100.7/32'],
      thresholds: [
        {
          name: 'default',
          targets: [],
          floorPacketsPerSecond: 20_000,
          floorBitsPerSecond: 200_000_000,
          holdMs: 1000,
          releaseRatio: 0.5,
        },
      ],
      playbooks: [
        {
          name: 'floods',
          families: ['*_amplification', 'syn_flood'],
          confidence: 0.8,
          steps: [{ action: 'drop', via: 'auto', ttlMs: 600_000, mode: 'enforce' }],
          releaseAfterMs: 120_000,
        },
      ],
    });
  });

  it('observes until someone reviews the line that says enforce', () => {
    expect(compile(sampleWith('  mode: enforce\n', '')).mode).toBe('observe');
  });

  it('gives a bundle of its shape', () => {
    expect(check('bundle', compile(samplePolicy))).toMatchObject({ ok: true });
  });

  it('says null where nothing is declared', () => {
    const text = sampleWith('  linkCapacity: 10Gbps\n', '', sampleWith('packets: 20kpps, ', ''));
    const { linkCapacityBitsPerSecond, thresholds } = compile(text);
    expect([linkCapacityBitsPerSecond, thresholds[0]?.floorPacketsPerSecond]).toEqual([null, null]);
  });

  it('gives the same bytes for the same meaning', () => {
    const same = [
      samplePolicy.split('---\n').reverse().join('---\n'),
      sampleWith(
        '[203.0.113.0/24, 2001:db8:10::/48]',
        '[2001:DB8:10:0::/48, 203.0.113.0/24, 203.0.113.0/24]',
      ),
      sampleWith('[syn_flood, "*_amplification"]', "['*_amplification', syn_flood, syn_flood]"),
      sampleWith('20kpps', '20000pps', sampleWith('200Mbps', '0.2Gbps', sampleWith('ttl: 10m', 'ttl: 600s'))),
      sampleWith(
        '{ ttl: 10m }',
        '{ ttl: 10m, mode: enforce, via: auto }',
        sampleWith(', confidence: 0.8', ''),
      ),
      sampleWith(
        '  release: { after: 2m }\n',
        '',
        sampleWith('  mode: enforce', '  allowEmpty: false\n  mode: enforce'),
      ),
      sampleWith('  trigger', '  groups: [game-eu]\n  trigger', `# a comment\n${samplePolicy}`),
    ];
    const bytes = canonicalJson(compile(samplePolicy));
    expect(same.map((text) => canonicalJson(compile(text)))).toEqual(same.map(() => bytes));
    const files = samplePolicy.split('---\n');
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (order) => {
        expect(canonicalJson(compile(...order))).toBe(bytes);
      }),
      { numRuns: 20 },
    );
  });

  it('takes ceilings, limits and SYN proxies over in base units, and leaves out what is not declared', () => {
    const ceiling = '  ceiling: { syn: 50kpps, bits: 8Gbps, packets: 3Mpps }';
    const steps = [
      'drop: { ttl: 10m, limit: { packets: 5kpps } }',
      '    - drop: { ttl: 10m, limit: { bits: 10Mbps } }',
      '    - synproxy: { ttl: 5m }',
    ];
    const text = sampleWith('  hold: 1s', ceiling, sampleWith('drop: { ttl: 10m }', steps.join('\n')));
    const { thresholds, playbooks } = compile(text);
    expect(thresholds[0]?.ceiling).toEqual({
      burstMs: 100,
      limits: [
        { class: 'packets', perSecond: 3e6 },
        { class: 'bits', perSecond: 8e9 },
        { class: 'syn', perSecond: 50_000 },
      ],
    });
    const drop = { action: 'drop', via: 'auto', ttlMs: 600_000, mode: 'enforce' };
    expect(playbooks[0]?.steps).toEqual([
      { ...drop, limit: { unit: 'packets', perSecond: 5000 } },
      { ...drop, limit: { unit: 'bits', perSecond: 1e7 } },
      { action: 'synproxy', via: 'xdp', ttlMs: 300_000, mode: 'enforce' },
    ]);
    expect(check('bundle', compile(text))).toMatchObject({ ok: true });
    expect(Object.keys(compile(samplePolicy).thresholds[0]!)).not.toContain('ceiling');
  });

  it('takes over flows by name and blocked sources in order, and leaves out what is not declared', () => {
    const flows = [
      '{ name: voice, source: "2001:DB8:7::/48", protocol: udp, port: 5000-5010, sourcePort: 53 }',
      '{ name: bgp, source: 192.0.2.1/32, destination: 203.0.113.1/32, protocol: tcp, port: 179, packets: 1kpps }',
    ];
    const blocked = '[2001:DB8:bad::/48, 198.51.100.128/25, 192.0.2.9/32, 192.0.2.9/32]';
    const text = sampleWith(
      '  mode: enforce',
      `  neverBlock: [${flows.join(', ')}]\n  blocklist: ${blocked}\n  mode: enforce`,
    );
    const bundle = compile(text);
    expect(bundle.neverBlock).toEqual([
      {
        name: 'bgp',
        ...{ source: '192.0.2.1/32', destination: '203.0.113.1/32', protocol: 6, packetsPerSecond: 1000 },
        destinationPorts: { from: 179, to: 179 },
      },
      {
        name: 'voice',
        ...{ source: '2001:db8:7::/48', protocol: 17, packetsPerSecond: 20_000 },
        sourcePorts: { from: 53, to: 53 },
        destinationPorts: { from: 5000, to: 5010 },
      },
    ]);
    expect(bundle.blocklist).toEqual(['192.0.2.9/32', '198.51.100.128/25', '2001:db8:bad::/48']);
    expect(check('bundle', bundle)).toMatchObject({ ok: true });
    const empty = compile(
      sampleWith('  mode: enforce', '  neverBlock: []\n  blocklist: []\n  mode: enforce'),
    );
    expect(canonicalJson(empty)).toBe(canonicalJson(compile(samplePolicy)));
  });

  it.each([
    ['[ipip, gre]', ['gre', 'ipip']],
    ['[ipip, ipip]', ['ipip']],
    ['[]', undefined],
  ])('looks into tunnels: %s', (written, decapsulate) => {
    const text = sampleWith('  mode: enforce', `  decapsulate: ${written}\n  mode: enforce`);
    expect(compile(text).decapsulate).toEqual(decapsulate);
  });

  it('gives each group what is for it', () => {
    const two = `${samplePolicy}---
apiVersion: tidegate/v1
kind: NodeGroup
metadata: { name: web }
spec:
  selector: { role: web }
  interfaces: [eth1, eth0, eth1]
  protect: [198.51.100.0/24]
---
apiVersion: tidegate/v1
kind: Threshold
metadata: { name: shared }
spec:
  groups: [web, game-eu]
  targets: [198.51.100.8/32, 203.0.113.8/32]
  floor: { packets: 1kpps }
---
apiVersion: tidegate/v1
kind: Threshold
metadata: { name: only-web }
spec:
  groups: [web]
  targets: [198.51.100.0/25]
  floor: { bits: 1Mbps }
---
apiVersion: tidegate/v1
kind: Playbook
metadata: { name: a-web }
spec:
  groups: [web]
  trigger: { families: [udp_flood] }
  steps: [{ drop: { ttl: 1m, via: xdp, mode: observe } }]
`;
    const web = compileBundle(documentsOf(two), 'web', identity);
    expect(web.interfaces).toEqual(['eth0', 'eth1']);
    expect(web.thresholds.map(({ name, targets }) => [name, targets])).toEqual([
      ['only-web', ['198.51.100.0/25']],
      ['shared', ['198.51.100.8/32']],
    ]);
    expect(web.playbooks.map(({ name }) => name)).toEqual(['a-web', 'floods']);
    expect(web.playbooks[0]?.steps).toEqual([{ action: 'drop', via: 'xdp', ttlMs: 60_000, mode: 'observe' }]);
    const game = compile(two);
    expect(game.thresholds.map(({ name, targets }) => [name, targets])).toEqual([
      ['default', []],
      ['shared', ['203.0.113.8/32']],
    ]);
    expect(game.playbooks.map(({ name }) => name)).toEqual(['floods']);
  });

  it.each([
    ['a document with findings', sampleWith('20kpps', '20000'), 'policy/0.yaml has findings'],
    ['a file that cannot be read', `${samplePolicy}  broken: [`, 'policy/0.yaml has findings'],
    ['an unknown group', sampleWith('name: game-eu', 'name: web'), 'no NodeGroup called "game-eu"'],
    ['a group without a threshold', sampleWith('groups: [game-eu]', 'groups: [web]'), 'has no Threshold'],
    [
      'a group whose thresholds are all for somewhere else',
      sampleWith('  hold: 1s', '  targets: [192.0.2.0/24]'),
      'has no Threshold',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => compile(text)).toThrow(
      expect.objectContaining({ code: 'TG1015', message: expect.stringContaining(message) as string }),
    );
  });
});
