/** AttackProfiles on their way from YAML to a bundle: mistakes and their places, and what is compiled. */
import { describe, expect, it } from 'vitest';
import { documentsOf, findingsOf, samplePolicy, sampleWith, summary } from '../testkit/policy-sample.ts';
import { check } from '../validate/check.ts';
import { checkPolicy } from './check.ts';
import { compileBundle } from './compile.ts';
import { profilesMax } from './profile/bounds.ts';

const identity = {
  epoch: 1,
  commit: '0'.repeat(40),
  issuedAt: '2026-01-31T03:04:05.678Z',
  expiresAt: '2026-02-07T03:04:05.678Z',
};
/** A profile behind the sample: its name is on line 38, its `match` on line 42. */
const profile = (match: string, { name = 'own', spec = '  family: syn_flood\n' } = {}): string => `---
apiVersion: tidegate/v1
kind: AttackProfile
metadata: { name: ${name} }
spec:
  description: A test.
${spec}  match: ${match}
`;
const withProfile = (...args: Parameters<typeof profile>): string => samplePolicy + profile(...args);
const compiled = (...profiles: string[]) =>
  compileBundle(documentsOf(samplePolicy + profiles.join('')), 'game-eu', identity).profiles;

describe('mistakes in an AttackProfile', () => {
  it.each([
    ['no condition', '{}', '42:10 profile-conditions /spec/match → nothing'],
    ['only a protocol', '{ protocol: udp }', '42:10 profile-conditions /spec/match → nothing'],
    [
      'ports without a protocol',
      '{ sourcePorts: [53] }',
      '42:25 profile-conditions /spec/match/sourcePorts → protocol: udp',
    ],
    [
      'flags of UDP',
      '{ protocol: udp, tcpFlags: { set: [syn] } }',
      '42:37 profile-conditions /spec/match/tcpFlags → protocol: tcp',
    ],
    [
      'a payload of ICMP',
      "{ protocol: icmp, payload: { regex: '^x' } }",
      '42:37 profile-conditions /spec/match/payload → protocol: udp',
    ],
    [
      'a flag both ways',
      '{ protocol: tcp, tcpFlags: { set: [syn], unset: [ack, syn] } }',
      '42:64 profile-conditions /spec/match/tcpFlags/unset/1 → nothing',
    ],
    ['no flag', '{ protocol: tcp, tcpFlags: {} }', '42:37 profile-conditions /spec/match/tcpFlags → nothing'],
    [
      'a misspelt flag',
      '{ protocol: tcp, tcpFlags: { set: [sny] } }',
      '42:45 TG1006 /spec/match/tcpFlags/set/0 → syn',
    ],
    [
      'a misspelt protocol',
      '{ protocol: tpc, packetLengths: [40] }',
      '42:22 TG1006 /spec/match/protocol → tcp',
    ],
    [
      'a protocol that is none',
      '{ protocol: 256, packetLengths: [40] }',
      '42:22 TG1006 /spec/match/protocol → nothing',
    ],
    [
      'a length out of range',
      '{ packetLengths: ["10-64"] }',
      '42:28 TG1006 /spec/match/packetLengths/0 → nothing',
    ],
    [
      'lengths that run backwards',
      '{ packetLengths: [40, "64-60"] }',
      '42:32 TG1006 /spec/match/packetLengths/1 → 60-64',
    ],
    ['a length as text', '{ packetLengths: ["64"] }', '42:28 TG1006 /spec/match/packetLengths/0 → 64'],
    ['a list for a hop limit', '{ hopLimits: [64] }', '42:23 TG1004 /spec/match/hopLimits → nothing'],
    [
      'a misspelt field',
      '{ fields: [{ field: ip.ids, in: [1] }] }',
      '42:30 TG1006 /spec/match/fields/0/field → ip.id',
    ],
    [
      'a field without a condition',
      '{ fields: [{ field: ip.id }] }',
      '42:21 profile-field /spec/match/fields/0 → nothing',
    ],
    [
      'a field with two conditions',
      '{ fields: [{ field: ip.id, in: [1], equals: ip.length }] }',
      '42:21 profile-field /spec/match/fields/0 → nothing',
    ],
    [
      'a field that equals itself',
      '{ fields: [{ field: ip.id, equals: ip.id }] }',
      '42:45 profile-field /spec/match/fields/0/equals → nothing',
    ],
    [
      'a value that does not fit',
      '{ fields: [{ field: ip.id, in: [5, "1-65536"] }] }',
      '42:45 profile-field /spec/match/fields/0/in/1 → nothing',
    ],
    [
      'a field of another protocol',
      '{ protocol: udp, fields: [{ field: tcp.window, in: [0] }] }',
      '42:45 profile-field /spec/match/fields/0/field → nothing',
    ],
    [
      'a field compared with one of another protocol',
      '{ protocol: udp, fields: [{ field: ip.id, equals: udp.length }, { field: ip.id, equals: tcp.window }] }',
      '42:98 profile-field /spec/match/fields/1/equals → nothing',
    ],
    [
      'an empty payload',
      '{ protocol: udp, payload: {} }',
      '42:36 profile-payload /spec/match/payload → nothing',
    ],
    [
      'an offset for a regex',
      "{ protocol: udp, payload: { regex: '^x', offset: 4 } }",
      '42:59 profile-payload /spec/match/payload/offset → nothing',
    ],
    [
      'a mask of another length',
      '{ protocol: udp, payload: { bytes: "ffff", mask: "ff" } }',
      '42:59 profile-payload /spec/match/payload/mask → nothing',
    ],
    [
      'a mask of nothing',
      '{ protocol: udp, payload: { bytes: "ff", mask: "00" } }',
      '42:57 profile-payload /spec/match/payload/mask → nothing',
    ],
    [
      'half a byte',
      '{ protocol: udp, payload: { bytes: "fff" } }',
      '42:45 TG1006 /spec/match/payload/bytes → nothing',
    ],
    [
      'a look-ahead',
      "{ protocol: udp, payload: { regex: '(?=x)y' } }",
      '42:45 TG1017 /spec/match/payload/regex → nothing',
    ],
    [
      'a number for a regex',
      '{ protocol: udp, payload: { regex: 5 } }',
      '42:45 TG1004 /spec/match/payload/regex → nothing',
    ],
    [
      'bytes that YAML has made letters of',
      '{ protocol: udp, payload: { regex: "^\\xff\\xffx" } }',
      '42:45 TG1017 /spec/match/payload/regex → ^\\xff\\xffx',
    ],
  ])('%s', (_, match, expected) => {
    expect(summary(findingsOf(withProfile(match)))).toEqual([expected]);
  });

  const fine = '{ packetLengths: [40] }';
  it.each([
    [
      'a family that nothing answers',
      { spec: '' },
      '38:19 profile-without-playbook /metadata/name → nothing',
    ],
    [
      'a family of its own that nothing answers',
      { spec: '  family: bot_net\n' },
      '41:11 profile-without-playbook /spec/family → nothing',
    ],
    [
      'a name that is no family',
      { name: '9lives', spec: '' },
      '38:19 profile-family /metadata/name → nothing',
    ],
    [
      'no such group',
      { spec: '  family: syn_flood\n  groups: [game]\n' },
      '42:12 unknown-group /spec/groups/0 → nothing',
    ],
  ])('%s', (_, options, expected) => {
    expect(summary(findingsOf(withProfile(fine, options)))).toContain(expected);
  });

  it('a description of two lines', () => {
    const policy = withProfile(fine).replace('description: A test.', 'description: "A\\ntest."');
    expect(summary(findingsOf(policy))).toEqual(['40:16 TG1006 /spec/description → nothing']);
  });

  it('asks whether a family is misspelt', () => {
    const found = findingsOf(withProfile(fine, { spec: '  family: syn_floot\n' }));
    expect(found).toMatchObject([
      { rule: 'profile-family-spelling', severity: 'warning', suggestion: 'syn_flood', line: 41 },
      { rule: 'profile-without-playbook', severity: 'warning' },
    ]);
  });

  it('takes the family of a profile for one that a playbook can name', () => {
    const policy = sampleWith('[syn_flood,', '[own_bot,');
    expect(findingsOf(policy)).toMatchObject([{ rule: 'unknown-family' }]);
    expect(findingsOf(policy + profile(fine, { name: 'own-bot', spec: '' }))).toEqual([]);
    // It may stand in the profile that cannot be read.
    expect(
      findingsOf(policy + profile('{ packetLength: [40] }', { name: 'own-bot', spec: '' })),
    ).toMatchObject([{ rule: 'TG1003' }]);
  });

  it('refuses more profiles than a node can hold against its samples', () => {
    const many = (count: number): string =>
      Array.from({ length: count }, (_, index) => profile(fine, { name: `p${index}` })).join('');
    expect(findingsOf(samplePolicy + many(profilesMax))).toEqual([]);
    expect(findingsOf(samplePolicy + many(profilesMax + 1))).toMatchObject([
      { rule: 'profile-count', line: 3 },
    ]);
  });
});

describe('a compiled profile', () => {
  it('has its defaults and its ranges', () => {
    const match = `{ protocol: tcp, sourcePorts: [80, "1000-2000"], packetLengths: [40, "60-64"], hopLimits: "1-64", fragment: false, tcpFlags: { set: [syn, ece], unset: [ack] }, fields: [{ field: ip.id, in: [54321, "1-2"] }, { field: tcp.sequence, equals: ip.destination }, { field: ip.id, equalsXor: [ip.destination, destinationPort] }], payload: { bytes: FF0a, mask: F0ff, offset: 3, regex: '^x' } }`;
    expect(compiled(profile(match, { name: 'own.bot-1', spec: '' }))).toEqual([
      {
        name: 'own.bot-1',
        description: 'A test.',
        family: 'own_bot_1',
        shareMin: 0.6,
        confidence: 0.9,
        match: {
          protocol: 6,
          sourcePorts: [
            { from: 80, to: 80 },
            { from: 1000, to: 2000 },
          ],
          packetLengths: [
            { from: 40, to: 40 },
            { from: 60, to: 64 },
          ],
          tcpFlags: { mask: 2 | 64 | 16, value: 2 | 64 },
          hopLimits: { from: 1, to: 64 },
          fragment: false,
          payload: { offset: 3, bytes: 'ff0a', mask: 'f0ff' },
        },
        fields: [
          {
            field: 'ip.id',
            ranges: [
              { from: 54321, to: 54321 },
              { from: 1, to: 2 },
            ],
          },
          { field: 'tcp.sequence', xorOf: ['ip.destination'] },
          { field: 'ip.id', xorOf: ['ip.destination', 'destinationPort'] },
        ],
        regex: '^x',
      },
    ]);
  });

  it('is for its groups, in the order of names, and the bundle has its shape', () => {
    const of = (name: string, groups: string): string =>
      profile('{ packetLengths: [40] }', { name, spec: `  family: syn_flood\n  groups: [${groups}]\n` });
    const documents = documentsOf(
      samplePolicy + of('b', 'game-eu') + of('c', 'web') + of('a', 'web, game-eu'),
    );
    const bundle = compileBundle(documents, 'game-eu', identity);
    expect(bundle.profiles?.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(check('bundle', bundle)).toMatchObject({ ok: true });
    expect(compiled()).toBeUndefined();
  });

  it.each([
    ['no condition', { match: {} }, ''],
    ['a hostile pattern', { match: {}, regex: '(x|y)*x(x|y){20}' }, '/regex'],
    ['a field with no condition', { match: {}, fields: [{ field: 'ip.id' }] }, '/fields/0'],
    ['ports of no protocol', { match: { sourcePorts: [{ from: 1, to: 2 }] } }, '/match/protocol'],
  ])('is refused in a bundle with %s, whoever compiled it', (_, change, path) => {
    const [made] = compiled(profile('{ packetLengths: [40] }')) ?? [];
    const bundle = compileBundle(documentsOf(samplePolicy), 'game-eu', identity);
    expect(check('bundle', { ...bundle, profiles: [{ ...made, ...change }] })).toMatchObject({
      ok: false,
      problems: [{ path: `/profiles/0${path}` }],
    });
  });
});

it('nothing is said of profiles where the policy is in order', () => {
  const policy = withProfile("{ protocol: udp, payload: { regex: '^x' } }");
  expect(checkPolicy(documentsOf(policy))).toEqual([]);
});
