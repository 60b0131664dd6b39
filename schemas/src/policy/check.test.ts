import { describe, expect, it } from 'vitest';
import { documentsOf, findingsOf, samplePolicy, sampleWith, summary } from '../testkit/policy-sample.ts';
import { checkPolicy } from './check.ts';
import { policyRules } from './rules/registry.ts';

const otherGroup = (name: string, selector: string, rest = ''): string => `---
apiVersion: tidegate/v1
kind: NodeGroup
metadata: { name: ${name} }
spec:
  selector: ${selector}
  interfaces: [eth0]
  protect: [198.51.100.0/24]
${rest}`;
const threshold = (name: string, groups: string, rest = ''): string => `---
apiVersion: tidegate/v1
kind: Threshold
metadata: { name: ${name} }
spec:
  groups: ${groups}
  floor: { packets: 1kpps }
${rest}`;
const feed = (spec: string): string => `---
apiVersion: tidegate/v1
kind: ThreatFeed
metadata: { name: drop }
spec: ${spec}
`;
const list = 'url: "https://feeds.example.net/drop.json"';
/** The sample with more lines in its NodeGroup, the first of them line 11. */
const inGroup = (lines: string): string =>
  sampleWith('  safelist: [198.51.100.7/32]', `  safelist: [198.51.100.7/32]\n${lines}`);
const flow = (rest: string): string => inGroup(`  neverBlock:\n    - { name: bgp, ${rest} }`);
/** So many addresses of the sample's IPv6 prefix. */
const hosts = (count: number): string =>
  Array.from({ length: count }, (_, index) => `2001:db8:10::${index.toString(16)}/128`).join(', ');
/** The sample up to the document that holds a passage. */
const sampleBefore = (passage: string): string => {
  const before = samplePolicy.slice(0, samplePolicy.indexOf(passage));
  return before.slice(0, before.lastIndexOf('---\n'));
};

describe('checkPolicy', () => {
  it.each([
    [
      'a threshold for no group',
      sampleWith('[game-eu]', '[game-ue]'),
      '16:12 unknown-group /spec/groups/0 → game-eu',
    ],
    [
      'a playbook for no group',
      sampleWith('  trigger', '  groups: [web]\n  trigger'),
      '24:12 unknown-group /spec/groups/0 → nothing',
    ],
    [
      'a test for no group',
      sampleWith('group: game-eu', 'group: game'),
      '33:60 unknown-group /spec/given/group → nothing',
    ],
    [
      'the same name twice in one kind',
      samplePolicy + threshold('default', '[game-eu]', '  targets: [203.0.113.8/32]\n'),
      '38:19 duplicate-name /metadata/name → nothing',
    ],
    [
      'a group that nothing watches',
      samplePolicy + otherGroup('web', '{ role: web }'),
      '38:19 group-without-threshold /metadata/name → nothing',
    ],
    [
      'a group without a playbook',
      sampleBefore('kind: Playbook'),
      '3:19 group-without-playbook /metadata/name → nothing',
    ],
    [
      'two groups with one selector',
      samplePolicy + otherGroup('zoo', '{ region: eu, role: game }') + threshold('zoo', '[zoo]'),
      '40:13 overlapping-selectors /spec/selector → nothing',
    ],
    [
      'two groups that can tie for a node',
      samplePolicy + otherGroup('zoo', '{ role: game, rack: r1 }') + threshold('zoo', '[zoo]'),
      '40:13 overlapping-selectors /spec/selector → nothing',
    ],
    [
      'a target that nobody protects',
      sampleWith('  hold: 1s', '  targets: [203.0.113.8/32, 192.0.2.0/24]'),
      '18:29 target-outside-protect /spec/targets/1 → nothing',
    ],
    [
      'a target wider than what is protected',
      sampleWith('  hold: 1s', '  targets: [203.0.112.0/23]'),
      '18:13 target-outside-protect /spec/targets/0 → nothing',
    ],
    [
      'two thresholds for everything',
      samplePolicy + threshold('second', '[game-eu]'),
      '38:19 competing-thresholds /metadata/name → nothing',
    ],
    [
      'two thresholds for one prefix',
      samplePolicy +
        threshold('one', '[game-eu]', '  targets: [2001:db8:10::/64]\n') +
        threshold('two', '[game-eu]', '  targets: [2001:DB8:10::/64]\n'),
      '50:12 competing-thresholds /spec/targets → nothing',
    ],
    [
      'a safelist of everything',
      sampleWith('198.51.100.7/32', '::/0'),
      '10:14 safelist-everything /spec/safelist/0 → nothing',
    ],
    [
      'a misspelt family',
      sampleWith('syn_flood', 'syn_flod'),
      '24:25 unknown-family /spec/trigger/families/0 → syn_flood',
    ],
    [
      'a pattern that fits nothing',
      sampleWith('*_amplification', '*_amplifikation'),
      '24:36 unknown-family /spec/trigger/families/1 → *_amplification',
    ],
    [
      'a test without traffic',
      sampleWith('recording: recordings/launch-day.ndjson, ', ''),
      '33:10 test-claims /spec/given → nothing',
    ],
    [
      'a test with two kinds of traffic',
      sampleWith('given: { ', 'given: { pcap: a.pcap, '),
      '33:10 test-claims /spec/given → nothing',
    ],
    ['a test that claims nothing', sampleWith('  never: [drop]\n', ''), '33:3 test-claims /spec → nothing'],
    [
      'a test that contradicts itself',
      sampleWith('never: [drop]', 'never: [drop]\n  expect: [drop]'),
      '34:11 test-claims /spec/never/0 → nothing',
    ],
    [
      'a test that reads elsewhere',
      sampleWith('recordings/', 'a/../../'),
      '33:23 test-path /spec/given/recording → nothing',
    ],
    [
      'a test of a misspelt family',
      sampleWith('recording: recordings/launch-day.ndjson', 'scenario: { attack: syn_flod, packets: 1kpps }'),
      '33:32 test-family /spec/given/scenario/attack → syn_flood',
    ],
    [
      'a ceiling below the floor',
      sampleWith('  hold: 1s', '  ceiling: { packets: 19kpps, bits: 200Mbps, syn: 1kpps }'),
      '18:23 ceiling-below-floor /spec/ceiling/packets → nothing',
    ],
    [
      'a burst of nothing',
      sampleWith('  hold: 1s', '  ceiling: { burst: 1s }'),
      '18:12 ceiling-without-limit /spec/ceiling → nothing',
    ],
    [
      'more prefixes with ceilings than the kernel holds',
      sampleWith('  hold: 1s', '  ceiling: { packets: 3Mpps }') +
        threshold('many', '[game-eu]', `  targets: [${hosts(1023)}]\n`),
      '9:12 ceiling-prefixes /spec/protect → nothing',
    ],
    [
      'a limit in nftables',
      sampleWith('ttl: 10m', 'ttl: 10m, via: nftables, limit: { packets: 5kpps }'),
      '26:30 limit-needs-xdp /spec/steps/0/drop/via → xdp',
    ],
    [
      'SYN cookies against no SYN flood',
      sampleWith('drop: { ttl: 10m }', 'synproxy: { ttl: 10m }', sampleWith('[syn_flood, ', '[')),
      '26:17 synproxy-without-flood /spec/steps/0/synproxy → nothing',
    ],
    [
      'a flow without a port',
      flow('source: 192.0.2.1/32, protocol: tcp'),
      '12:7 never-block-flow /spec/neverBlock/0 → nothing',
    ],
    [
      'a flow from everywhere',
      flow('source: 0.0.0.0/0, protocol: tcp, port: 22'),
      '12:28 never-block-flow /spec/neverBlock/0/source → nothing',
    ],
    [
      'two flows of one name',
      flow(
        'source: 192.0.2.1/32, protocol: tcp, port: 179 }\n    - { name: bgp, source: 192.0.2.2/32, protocol: tcp, port: 179',
      ),
      '13:15 never-block-flow /spec/neverBlock/1/name → nothing',
    ],
    [
      'a flow to somewhere else',
      flow('source: 192.0.2.1/32, destination: 203.0.112.1/32, protocol: tcp, port: 179'),
      '12:55 never-block-destination /spec/neverBlock/0/destination → nothing',
    ],
    [
      'a flow between families',
      flow('source: 192.0.2.1/32, destination: "2001:db8:10::1/128", protocol: tcp, port: 179'),
      '12:55 never-block-destination /spec/neverBlock/0/destination → nothing',
    ],
    [
      'a flow of a family that is not protected',
      sampleWith(
        '[203.0.113.0/24, 2001:db8:10::/48]',
        '[203.0.113.0/24]',
        flow('source: "2001:db8:1::1/128", protocol: udp, sourcePort: 53'),
      ),
      '12:28 never-block-destination /spec/neverBlock/0/source → nothing',
    ],
    [
      'a blocklist of half the internet',
      inGroup('  blocklist: [64.0.0.0/7]'),
      '11:15 blocklist-breadth /spec/blocklist/0 → nothing',
    ],
    [
      'a blocklist of half a registry',
      inGroup('  blocklist: [192.0.2.1/32, "2a00::/15"]'),
      '11:29 blocklist-breadth /spec/blocklist/1 → nothing',
    ],
    [
      'a blocklist that holds a part of what is protected',
      inGroup('  blocklist: [203.0.113.128/25]'),
      '11:15 blocklist-overlap /spec/blocklist/0 → nothing',
    ],
    [
      'a blocklist that holds the safelist',
      inGroup('  blocklist: [198.51.100.0/24]'),
      '11:15 blocklist-overlap /spec/blocklist/0 → nothing',
    ],
    [
      'a feed for no group',
      samplePolicy + feed(`{ groups: [web], source: { ${list} }, format: plain }`),
      '39:18 unknown-group /spec/groups/0 → nothing',
    ],
    [
      'a feed without a source',
      samplePolicy + feed('{ source: {}, format: plain }'),
      '39:17 feed-source /spec/source → nothing',
    ],
    [
      'a feed with two sources',
      samplePolicy + feed(`{ source: { path: a.txt, ${list} }, format: plain }`),
      '39:17 feed-source /spec/source → nothing',
    ],
    [
      'a feed that is read elsewhere',
      samplePolicy + feed('{ source: { path: a/../../b.txt }, format: plain }'),
      '39:25 feed-source /spec/source/path → nothing',
    ],
    [
      'a refresh for a file',
      samplePolicy + feed('{ source: { path: a.txt, refresh: 1h }, format: plain }'),
      '39:41 feed-source /spec/source/refresh → nothing',
    ],
    [
      'a feed over plain http',
      samplePolicy + feed('{ source: { url: "http://feeds.example.net/" }, format: plain }'),
      '39:24 feed-source /spec/source/url → nothing',
    ],
    [
      'a feed that is nearly on loopback',
      samplePolicy + feed('{ source: { url: "http://127.0.0.1.example.net/" }, format: plain }'),
      '39:24 feed-source /spec/source/url → nothing',
    ],
    [
      'a key in the address of a feed',
      samplePolicy + feed('{ source: { url: "https://me:key@example.net/" }, format: plain }'),
      '39:24 feed-source /spec/source/url → nothing',
    ],
    [
      'an address that is none',
      samplePolicy + feed('{ source: { url: "https://[::/" }, format: plain }'),
      '39:24 feed-source /spec/source/url → nothing',
    ],
    [
      'a feed that is fetched too often',
      samplePolicy + feed(`{ source: { refresh: 59m, ${list} }, format: spamhaus-drop }`),
      '39:28 feed-source /spec/source/refresh → 1h',
    ],
    [
      'a drop by a noisy list',
      samplePolicy + feed(`{ action: drop, source: { ${list} }, format: firehol-netset }`),
      '39:17 feed-noisy-drop /spec/action → nothing',
    ],
  ])('%s is one finding', (_, text, expected) => {
    expect(summary(findingsOf(text))).toEqual([expected]);
  });

  it('shows every rule refusing, here or in a test of its own', () => {
    const proven = new Set([
      ...['announcement-group', 'blackhole-next-hop', 'community-value', 'unknown-flowspec-policy'],
      'blocklist-breadth',
      'blocklist-overlap',
      'ceiling-below-floor',
      'ceiling-prefixes',
      'ceiling-without-limit',
      'channel-destination',
      'channel-url',
      'competing-thresholds',
      'duplicate-name',
      'feed-file',
      'feed-noisy-drop',
      'feed-source',
      'group-without-playbook',
      'group-without-threshold',
      'limit-needs-xdp',
      'link-share-without-capacity',
      'never-block-destination',
      'never-block-flow',
      'overlapping-selectors',
      'profile-conditions',
      'profile-count',
      'profile-family',
      'profile-family-spelling',
      'profile-field',
      'profile-payload',
      'profile-without-playbook',
      'rtbh-order',
      'rtbh-without-next-hop',
      'safelist-everything',
      ...['scrub-failed', 'scrub-group', 'scrubber-provider', 'scrubber-url', 'unknown-scrubber'],
      'synproxy-without-flood',
      'target-outside-protect',
      'test-claims',
      'test-family',
      'test-file',
      'test-path',
      'unknown-channel',
      'unknown-family',
      'unknown-group',
    ]);
    expect(new Set(policyRules.map(({ id }) => id))).toEqual(proven);
  });

  it('lets pass what only looks alike', () => {
    const fine = [
      samplePolicy + otherGroup('all-games', '{ role: game }') + threshold('games', '[all-games]'),
      samplePolicy + otherGroup('game-us', '{ role: game, region: us }') + threshold('us', '[game-us]'),
      samplePolicy + threshold('host', '[game-eu]', '  targets: [203.0.113.8/32]\n'),
      samplePolicy + threshold('host', '[game-eu]', '  targets: [203.0.113.0/24]\n'),
      samplePolicy.replace('name: floods', 'name: default'),
      sampleWith('  trigger', '  groups: [game-eu]\n  trigger'),
      sampleWith('"*_amplification"', '"*"'),
      sampleBefore('kind: Playbook').replace('  mode: enforce', '  allowEmpty: true'),
      samplePolicy + feed(`{ action: drop, source: { ${list}, refresh: 5m }, format: plain }`),
      samplePolicy + feed('{ source: { url: "http://127.0.0.1:8080/drop" }, format: plain }'),
      samplePolicy + feed('{ source: { path: feeds/drop.txt }, format: firehol-netset }'),
      flow('source: 192.0.2.0/24, destination: 203.0.113.0/24, protocol: tcp, sourcePort: 179'),
      flow('source: "2001:db8:1::1/128", protocol: udp, port: 27000-27050'),
      inGroup('  blocklist: [10.0.0.0/8, "2a00::/16", 203.0.112.0/24, 198.51.100.8/32]'),
    ];
    expect(fine.map(findingsOf)).toEqual(fine.map(() => []));
  });

  it('warns of a group without a playbook, and calls everything else an error', () => {
    const [finding] = findingsOf(sampleBefore('kind: Playbook'));
    expect(finding?.severity).toBe('warning');
    expect(findingsOf(sampleWith('syn_flood', 'syn_flod'))[0]?.severity).toBe('error');
  });

  it('finds what stands in another file', () => {
    const [group = '', ...others] = samplePolicy.split('---\n');
    expect(checkPolicy(documentsOf(group, others.join('---\n')))).toEqual([]);
    const findings = checkPolicy(documentsOf(group, others.join('---\n'), group));
    expect(findings).toMatchObject([
      {
        rule: 'duplicate-name',
        file: 'policy/2.yaml',
        line: 3,
        message: expect.stringContaining('policy/0.yaml:3') as string,
      },
    ]);
  });

  it('calls lists and recordings missing only where the files are known', () => {
    const documents = documentsOf(samplePolicy + feed('{ source: { path: feeds/drop.txt }, format: plain }'));
    expect(checkPolicy(documents)).toEqual([]);
    const recording = 'recordings/launch-day.ndjson';
    expect(checkPolicy(documents, ['a.yaml', 'feeds/drop.txt', recording])).toEqual([]);
    expect(
      summary(checkPolicy(documents, ['a.yaml', 'feeds/drops.txt', 'recordings/lunch-day.ndjson'])),
    ).toEqual([
      '33:23 test-file /spec/given/recording → recordings/lunch-day.ndjson',
      '39:25 feed-file /spec/source/path → feeds/drops.txt',
    ]);
  });

  it('has nothing to say about an empty policy', () => {
    expect(checkPolicy([])).toEqual([]);
  });

  it('calls nothing missing that a file which cannot be read may hold', () => {
    const [group = '', ...others] = samplePolicy.split('---\n');
    const rest = others.join('---\n');
    expect(checkPolicy(documentsOf(`${group}  broken: [`, rest))).toEqual([]);
    expect(checkPolicy(documentsOf(group, `${rest}  broken: [`))).toEqual([]);
  });
});
