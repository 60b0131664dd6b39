import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wireShapes } from '../shapes/registry.ts';
import { check } from './check.ts';
import { validators } from './wire.generated.ts';

const golden = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../golden/v1', file), 'utf8')) as Record<
    string,
    unknown
  >;
const config = golden('agent-config.json');
const match = golden('traffic-match/tcp.json');
const bundle = golden('bundle.json') as { thresholds: object[] };
const flow = { name: 'bgp', source: '192.0.2.1/32', protocol: 6, packetsPerSecond: 1000 };
const port = { from: 179, to: 179 };

describe('check', () => {
  it('has a validator for every shape', () => {
    expect(Object.keys(validators)).toEqual(Object.keys(wireShapes));
  });

  it('hands the value back as it is', () => {
    const checked = check('agent-config', config);
    expect(checked.ok && checked.value).toBe(config);
  });

  it.each([
    ['an unknown key', { ...config, onStpo: 'keep' }, '/onStpo', 'Did you mean "onStop"?'],
    [
      'a missing key',
      { ...config, runDir: undefined },
      '/runDir',
      'Missing key "runDir". Folder for the control socket',
    ],
    ['a wrong type', { ...config, node: 17 }, '/node', 'Expected text, found a number.'],
    [
      'a choice that is none',
      { ...config, onStop: 'kep' },
      '/onStop',
      '"kep" is not one of: remove, keep. Did you mean "keep"?',
    ],
    [
      'a number out of range',
      { ...config, spoolBytesMax: 1 },
      '/spoolBytesMax',
      '1 is too small; the least is 65536.',
    ],
    [
      'a fraction',
      { ...config, spoolBytesMax: 65536.5 },
      '/spoolBytesMax',
      'Expected a whole number, found a number.',
    ],
    [
      'another version',
      { ...config, schema: 'tidegate/agent-config/v2' },
      '/schema',
      'is not one of: tidegate/agent-config/v1.',
    ],
    [
      'a pattern that is missed',
      { ...config, node: 'Web 1' },
      '/node',
      '"Web 1" is not allowed here. A name:',
    ],
    [
      'a text that is too long',
      { ...config, stateDir: 'x'.repeat(5000) },
      '/stateDir',
      'The text is too long; it has at most 4096',
    ],
    ['an unknown label name', { ...config, labels: { 'a b': 'c' } }, '/labels/a b', 'Unknown key "a b".'],
    ['a list', [], '', 'Expected a map of keys, found a list.'],
    ['nothing', null, '', 'Expected a map of keys, found nothing.'],
  ])('%s is one problem with its place', (_, value, path, message) => {
    const checked = check('agent-config', value);
    expect(checked).toMatchObject({ ok: false, problems: [{ path }] });
    expect(!checked.ok && checked.problems[0].message).toContain(message);
    expect(!checked.ok && checked.problems).toHaveLength(1);
  });

  it('stops at the first problem, however many there are', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, index]));
    const checked = check('agent-config', { ...config, ...many });
    expect(!checked.ok && checked.problems).toHaveLength(1);
  });

  it('is about the branch that was meant', () => {
    const record = golden('audit-record/incident.opened.json');
    const body = record['body'] as object;
    expect(check('audit-record', { ...record, body: { ...body, confidence: 2 } })).toMatchObject({
      problems: [{ path: '/body/confidence', message: '2 is too large; the most is 1.' }],
    });
    expect(check('audit-record', { ...record, kind: 'incident.opend' })).toMatchObject({
      problems: [
        { path: '/kind', message: expect.stringContaining('Did you mean "incident.opened"?') as string },
      ],
    });
    expect(check('control-request', {})).toMatchObject({
      problems: [{ path: '/command', message: 'The key is missing.' }],
    });
    expect(check('audit-record', { ...record, prev: 7 })).toMatchObject({
      problems: [
        { path: '/prev', message: expect.stringContaining('Expected text, found a number.') as string },
      ],
    });
  });

  it('is not fooled by what every object has', () => {
    expect(check('control-request', { schema: 'tidegate/control/v1', command: 'constructor' }).ok).toBe(
      false,
    );
    expect(check('agent-config', JSON.parse('{"__proto__": {"node": "web-1"}}')).ok).toBe(false);
  });
});

describe('what JSON Schema cannot say', () => {
  it.each([
    [
      'host bits in a destination',
      'traffic-match',
      { ...match, destination: '203.0.113.1/24' },
      '/destination',
      'host bits',
    ],
    [
      'a destination that is not canonical',
      'traffic-match',
      { ...match, destination: '2001:DB8::/32' },
      '/destination',
      'write 2001:db8::/32',
    ],
    [
      'two address families',
      'traffic-match',
      { ...match, source: '198.51.100.0/24' },
      '/source',
      'different address families',
    ],
    [
      'ports without a protocol',
      'traffic-match',
      { destination: match['destination'], sourcePorts: [{ from: 1, to: 2 }] },
      '/protocol',
      'Ports need a protocol',
    ],
    [
      'ports with ICMP',
      'traffic-match',
      { destination: match['destination'], protocol: 1, sourcePorts: [{ from: 1, to: 2 }] },
      '/protocol',
      'Ports need a protocol',
    ],
    [
      'a range that runs backwards',
      'traffic-match',
      { ...match, destinationPorts: [{ from: 2, to: 1 }] },
      '/destinationPorts/0',
      'backwards',
    ],
    [
      'lengths that run backwards',
      'traffic-match',
      { ...match, packetLengths: [{ from: 60, to: 59 }] },
      '/packetLengths/0',
      'backwards',
    ],
    [
      'flags without TCP',
      'traffic-match',
      { destination: match['destination'], tcpFlags: { mask: 2, value: 2 } },
      '/tcpFlags',
      'protocol 6',
    ],
    [
      'flags outside their mask',
      'traffic-match',
      { ...match, tcpFlags: { mask: 2, value: 18 } },
      '/tcpFlags/value',
      'nothing would match',
    ],
    [
      'host bits in what is protected',
      'bundle',
      { ...bundle, protect: ['203.0.113.1/24'] },
      '/protect/0',
      'host bits',
    ],
    [
      'a bad prefix in a safelist',
      'bundle',
      { ...bundle, safelist: ['::/0', '1.2.3.4/33'] },
      '/safelist/1',
      'bad prefix length',
    ],
    [
      'a bare source address that is never blocked',
      'bundle',
      { ...bundle, neverBlock: [{ ...flow, destinationPorts: port }, flow] },
      '/neverBlock/1',
      'names at least one port',
    ],
    [
      'a flow from everywhere',
      'bundle',
      { ...bundle, neverBlock: [{ ...flow, source: '0.0.0.0/0', destinationPorts: port }] },
      '/neverBlock/0/source',
      'is none',
    ],
    [
      'a flow between families',
      'bundle',
      { ...bundle, neverBlock: [{ ...flow, destination: '2001:db8::/32', sourcePorts: port }] },
      '/neverBlock/0/source',
      'different address families',
    ],
    [
      'a flow of a protocol without ports',
      'bundle',
      { ...bundle, neverBlock: [{ ...flow, protocol: 1, sourcePorts: port }] },
      '/neverBlock/0/protocol',
      'protocol with ports',
    ],
    [
      'a flow whose ports run backwards',
      'bundle',
      { ...bundle, neverBlock: [{ ...flow, sourcePorts: { from: 2, to: 1 } }] },
      '/neverBlock/0/sourcePorts',
      'backwards',
    ],
    [
      'a blocklist of everything',
      'bundle',
      { ...bundle, blocklist: ['198.51.100.0/24', '::/0'] },
      '/blocklist/1',
      'every source',
    ],
    [
      'a bad target',
      'bundle',
      { ...bundle, thresholds: [{ ...bundle.thresholds[0], targets: ['10.0.0.1/8'] }] },
      '/thresholds/0/targets/0',
      'host bits',
    ],
    [
      'a threshold without a floor',
      'bundle',
      {
        ...bundle,
        thresholds: [{ ...bundle.thresholds[0], floorBitsPerSecond: null, floorPacketsPerSecond: null }],
      },
      '/thresholds/0',
      'needs a floor',
    ],
    [
      'a batch that miscounts',
      'audit-batch',
      { ...golden('audit-batch.json'), lastSeq: 15 },
      '/lastSeq',
      'does not number 14 records',
    ],
    [
      'a recording of a bad prefix',
      'recording-header',
      { ...golden('recording-header.json'), protect: ['10.0.0.1/8'] },
      '/protect/0',
      'host bits',
    ],
  ] as const)('%s', (_, shape, value, path, message) => {
    const checked = check(shape, value);
    expect(checked).toMatchObject({ ok: false, problems: [{ path }] });
    expect(!checked.ok && checked.problems[0].message).toContain(message);
  });
});
