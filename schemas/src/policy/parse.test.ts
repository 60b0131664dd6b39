import { describe, expect, it } from 'vitest';
import { findingsOf, samplePolicy, sampleWith, summary } from '../testkit/policy-sample.ts';
import { checkPolicy } from './check.ts';
import { parsePolicy } from './parse.ts';

const inGroup = (replacement: string): string => sampleWith('  mode: enforce', replacement);
const step = '    - drop: { ttl: 10m }';

describe('parsePolicy', () => {
  it('finds nothing wrong with a policy in order', () => {
    const { documents, findings } = parsePolicy([{ path: 'policy/game.yaml', text: samplePolicy }]);
    expect([...findings, ...checkPolicy(documents)]).toEqual([]);
    expect(documents).toMatchObject([
      { valid: true, kind: 'NodeGroup', name: 'game-eu', file: 'policy/game.yaml' },
      { valid: true, kind: 'Threshold', name: 'default' },
      { valid: true, kind: 'Playbook', name: 'floods' },
      { valid: true, kind: 'PolicyTest', name: 'launch-day' },
    ]);
  });

  // One mistake, one finding, at the place of the mistake.
  it.each([
    ['an unknown key', sampleWith('interfaces:', 'intrefaces:'), '7:3 TG1003 /spec/intrefaces → interfaces'],
    ['an unknown key like no other', inGroup('  colour: red'), '6:3 TG1003 /spec/colour → nothing'],
    ['an unknown key at the root', sampleWith('spec:', 'owner: me\nspec:'), '4:1 TG1003 /owner → nothing'],
    ['a misspelt kind key', sampleWith('kind: Threshold', 'knid: Threshold'), '13:1 TG1003 /knid → kind'],
    ['a missing key', sampleWith('  interfaces: [eth0]\n', ''), '4:1 TG1005 /spec/interfaces → nothing'],
    ['no kind', sampleWith('kind: Threshold\n', ''), '12:1 TG1005 /kind → nothing'],
    ['an unknown kind', sampleWith('kind: Threshold', 'kind: Treshold'), '13:7 TG1009 /kind → Threshold'],
    [
      'a kind that is no text',
      sampleWith('kind: Threshold', 'kind: [Threshold]'),
      '13:7 TG1009 /kind → nothing',
    ],
    ['another version', sampleWith('tidegate/v1', 'tidegate/v2'), '1:13 TG1010 /apiVersion → tidegate/v1'],
    ['a wrong type', sampleWith('[eth0]', 'eth0'), '7:15 TG1004 /spec/interfaces → nothing'],
    ['a map for a text', sampleWith('name: floods', 'name: {}'), '22:19 TG1004 /metadata/name → nothing'],
    [
      'nothing where a map is needed',
      sampleWith('  release: { after: 2m }', '  release:'),
      '27:11 TG1004 /spec/release → nothing',
    ],
    ['a text that is no map', 'hello\n', '1:1 TG1004  → nothing'],
    ['a value that is none of the allowed', inGroup('  mode: enforced'), '6:9 TG1006 /spec/mode → enforce'],
    ['a number out of range', sampleWith('0.8', '1.5'), '24:68 TG1006 /spec/trigger/confidence → nothing'],
    ['an empty list', sampleWith('[eth0]', '[]'), '7:15 TG1006 /spec/interfaces → nothing'],
    [
      'an empty floor',
      sampleWith('{ packets: 20kpps, bits: 200Mbps }', '{}'),
      '17:10 TG1006 /spec/floor → nothing',
    ],
    [
      'a name with spaces',
      sampleWith('name: floods', 'name: two words'),
      '22:19 TG1006 /metadata/name → nothing',
    ],
    ['a rate without a unit', sampleWith('20kpps', '20000'), '17:21 TG1008 /spec/floor/packets → 20kpps'],
    [
      'a rate in another spelling',
      sampleWith('200Mbps', '200mbit/s'),
      '17:35 TG1008 /spec/floor/bits → 200Mbps',
    ],
    [
      'a burst without end',
      sampleWith('  hold: 1s', '  ceiling: { packets: 3Mpps, burst: 3s }'),
      '18:37 TG1008 /spec/ceiling/burst → 2s',
    ],
    [
      'a ceiling that the kernel cannot keep to',
      sampleWith('  hold: 1s', '  ceiling: { bits: 100kbps }'),
      '18:20 TG1008 /spec/ceiling/bits → 1Mbps',
    ],
    [
      'a limit of both',
      sampleWith('ttl: 10m', 'ttl: 10m, limit: { packets: 1kpps, bits: 1Mbps }'),
      '26:32 TG1006 /spec/steps/0/drop/limit → nothing',
    ],
    ['a packet rate in bits', sampleWith('20kpps', '20kbps'), '17:21 TG1008 /spec/floor/packets → nothing'],
    [
      'a duration without a unit',
      sampleWith('ttl: 10m', 'ttl: 600'),
      '26:20 TG1008 /spec/steps/0/drop/ttl → 10m',
    ],
    [
      'a duration that is too long',
      sampleWith('ttl: 10m', 'ttl: 48h'),
      '26:20 TG1008 /spec/steps/0/drop/ttl → 1d',
    ],
    [
      'a duration that is too short',
      sampleWith('ttl: 10m', 'ttl: 10ms'),
      '26:20 TG1008 /spec/steps/0/drop/ttl → 1s',
    ],
    [
      'a list for an amount',
      sampleWith('ttl: 10m', 'ttl: [10m]'),
      '26:20 TG1004 /spec/steps/0/drop/ttl → nothing',
    ],
    [
      'host bits',
      sampleWith('203.0.113.0/24', '203.0.113.5/24'),
      '9:13 TG1007 /spec/protect/0 → 203.0.113.0/24',
    ],
    [
      'host bits in IPv6',
      sampleWith('2001:db8:10::/48', '2001:db8:10::/32'),
      '9:29 TG1007 /spec/protect/1 → 2001:db8::/32',
    ],
    [
      'a prefix that is too long',
      sampleWith('203.0.113.0/24', '203.0.113.0/42'),
      '9:13 TG1007 /spec/protect/0 → nothing',
    ],
    [
      'an address for a prefix',
      sampleWith('198.51.100.7/32', '198.51.100.7'),
      '10:14 TG1007 /spec/safelist/0 → 198.51.100.7/32',
    ],
    [
      'a port out of range',
      inGroup('  neverBlock: [{ name: a, source: 192.0.2.1/32, protocol: tcp, port: 70000 }]'),
      '6:70 TG1006 /spec/neverBlock/0/port → nothing',
    ],
    [
      'a range of ports that runs backwards',
      inGroup('  neverBlock: [{ name: a, source: 192.0.2.1/32, protocol: tcp, sourcePort: 443-80 }]'),
      '6:76 TG1006 /spec/neverBlock/0/sourcePort → 80-443',
    ],
    [
      'a list of ports',
      inGroup('  neverBlock: [{ name: a, source: 192.0.2.1/32, protocol: tcp, port: [1, 2] }]'),
      '6:70 TG1004 /spec/neverBlock/0/port → nothing',
    ],
    [
      'a bare source address that is never blocked',
      inGroup('  neverBlock: [{ name: a, source: 192.0.2.1/32, port: 179 }]'),
      '6:16 TG1005 /spec/neverBlock/0/protocol → nothing',
    ],
    [
      'a flow without a limit in effect',
      inGroup('  neverBlock: [{ name: a, source: 192.0.2.1/32, protocol: tcp, port: 1, packets: 2Mpps }]'),
      '6:82 TG1008 /spec/neverBlock/0/packets → 1Mpps',
    ],
    ['a number for a prefix', sampleWith('198.51.100.7/32', '17'), '10:14 TG1004 /spec/safelist/0 → nothing'],
    ['an empty step', sampleWith('- drop: { ttl: 10m }', '- {}'), '26:7 TG1006 /spec/steps/0 → nothing'],
    ['a misspelt step', sampleWith('- drop:', '- drpo:'), '26:7 TG1003 /spec/steps/0/drpo → drop'],
    [
      'a step of a later version',
      sampleWith(step, `${step}\n    - capture: { ttl: 10m }`),
      '27:7 TG1011 /spec/steps/1/capture → nothing',
    ],
    [
      'two actions in one step',
      sampleWith(step, `${step}\n      capture: {}`),
      '27:7 TG1011 /spec/steps/0/capture → nothing',
    ],
    [
      'a condition of a later version',
      sampleWith('ttl: 10m', 'ttl: 10m, approval: required'),
      '26:25 TG1011 /spec/steps/0/drop/approval → nothing',
    ],
    [
      'a key of a later version',
      sampleWith('  hold: 1s', '  metrics: {}'),
      '18:3 TG1011 /spec/metrics → nothing',
    ],
    [
      'a backend of a later version',
      sampleWith('ttl: 10m', 'ttl: 10m, via: iptables'),
      '26:30 TG1011 /spec/steps/0/drop/via → nothing',
    ],
    ['a duplicate key', inGroup('  mode: enforce\n  mode: observe'), '7:3 TG1002 /spec/mode → nothing'],
    ['broken YAML', sampleWith('[eth0]', '[eth0'), '8:3 TG1001  → nothing'],
    ['an unclosed quote', sampleWith('"*_amplification"', '"*_amplification'), '24:36 TG1001  → nothing'],
    ['a tab', inGroup('\tmode: enforce'), '6:1 TG1001  → nothing'],
    ['an alias of nothing', sampleWith('[eth0]', '*nics'), '7:15 TG1001 /spec/interfaces → nothing'],
    ['a merge key', sampleWith('spec:', '<<: { a: 1 }\nspec:'), '4:1 TG1013 /<< → nothing'],
    ['a tag', sampleWith('[eth0]', '!!set { eth0 }'), '7:21 TG1013 /spec/interfaces → nothing'],
    [
      'a prototype as a key',
      inGroup('  __proto__: { polluted: yes }'),
      '6:3 TG1003 /spec/__proto__ → nothing',
    ],
  ])('%s is one finding', (_, text, expected) => {
    expect(summary(findingsOf(text))).toEqual([expected]);
  });

  it('finds several mistakes at once, in the order of the file', () => {
    const text = sampleWith(
      '[eth0]',
      'eth0',
      sampleWith('20kpps', '20000', sampleWith('ttl: 10m', 'ttl: soon')),
    );
    expect(summary(findingsOf(text))).toEqual([
      '7:15 TG1004 /spec/interfaces → nothing',
      '17:21 TG1008 /spec/floor/packets → 20kpps',
      '26:20 TG1008 /spec/steps/0/drop/ttl → nothing',
    ]);
  });

  it('says what is known, what was found and what would do', () => {
    expect(findingsOf(sampleWith('interfaces:', 'intrefaces:'))[0]).toEqual({
      rule: 'TG1003',
      severity: 'error',
      file: 'policy/game.yaml',
      line: 7,
      column: 3,
      path: '/spec/intrefaces',
      message:
        'Unknown key "intrefaces". Known keys: selector, mode, interfaces, linkCapacity, protect, safelist, neverBlock, blocklist, decapsulate, notify, allowEmpty.',
      suggestion: 'interfaces',
    });
  });

  it('reads several files, comments, empty documents, anchors, Windows line ends and a byte order mark', () => {
    const [group, ...others] = samplePolicy.split('---\n');
    const texts = [
      `\ufeff# the group\r\n${(group ?? '').replaceAll('\n', '\r\n')}`,
      `---\n---\n# nothing here\n---\n${others.join('---\n')}...\n`,
      '',
    ];
    const anchored = texts.map((text) => text.replace('after: 2m', 'after: &two 2m'));
    const { documents, findings } = parsePolicy(
      anchored.map((text, index) => ({ path: `${index}.yaml`, text })),
    );
    expect([...findings, ...checkPolicy(documents)]).toEqual([]);
    expect(documents).toHaveLength(4);
    const again = parsePolicy([{ path: 'a.yaml', text: texts[0]!.replace('[eth0]', 'eth0') }]);
    expect(summary(again.findings)).toEqual(['8:15 TG1004 /spec/interfaces → nothing']);
  });

  it('a broken document is neither valid nor missing', () => {
    for (const text of [
      sampleWith('kind: NodeGroup', 'kind: NodeGrup'),
      sampleWith('[eth0]', 'eth0'),
      sampleWith('name: game-eu', 'nam: game-eu'),
      sampleWith('20kpps', '20000'),
      sampleWith('apiVersion: tidegate/v1\nkind: Threshold', 'apiVersion: tidegate/v3\nkind: Threshold'),
    ]) {
      expect(findingsOf(text)).toHaveLength(1);
    }
  });
});
