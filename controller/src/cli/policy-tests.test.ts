import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeScenario } from '@tidegate/agent/testkit';
import { check, type TestResults } from '@tidegate/schemas';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cli, goodPolicy, testFolder, type TestFolder } from '../testkit/index.ts';

let folder: TestFolder;
let policy: string;
let recording: string;
beforeAll(() => {
  folder = testFolder();
  recording = join(folder.path, 'attack.ndjson');
  writeScenario(recording, {
    ...{ seed: 'policy-tests', startedAt: '2026-01-01T00:00:00.000Z', durationMs: 2000 },
    protect: ['203.0.113.0/24'],
    attacks: [
      { family: 'udp_flood', target: '203.0.113.10', packetsPerSecond: 30_000, startMs: 1000, endMs: 2000 },
    ],
  });
});
beforeEach(() => {
  policy = join(folder.path, 'policy');
  rmSync(policy, { recursive: true, force: true });
  mkdirSync(join(policy, 'recordings'), { recursive: true });
  writeFileSync(join(policy, 'web.yaml'), goodPolicy());
  writeFileSync(join(policy, 'recordings', 'attack.ndjson'), readFileSync(recording));
});
afterAll(() => folder.remove());

/** A PolicyTest on the recording of a flood. */
const test = (name: string, claims: string, given = 'recording: recordings/attack.ndjson'): string =>
  `apiVersion: tidegate/v1\nkind: PolicyTest\nmetadata: { name: ${name} }\nspec:\n  given: { ${given}, group: web }\n${claims}\n`;

const run = async (documents: readonly string[], ...args: string[]) => {
  writeFileSync(join(policy, 'tests.yaml'), documents.join('---\n'));
  return await cli('test', policy, ...args);
};
const results = async (...documents: string[]): Promise<TestResults> => {
  const { json } = await run(documents, '--format', 'json');
  const checked = check('test-results', json());
  if (!checked.ok) throw new Error(`${checked.problems[0].path}: ${checked.problems[0].message}`);
  return checked.value;
};

describe('tidegate test', () => {
  it('exits 0 where every claim holds', async () => {
    const { code, out, err } = await run([
      test(
        'flood',
        '  expect: [drop]\n  never: [synproxy]\n  budget: { collateral: 0.1%, detection: 300ms }',
      ),
    ]);
    expect([code, out, err]).toEqual([
      0,
      'ok   flood (web): udp_flood; drop\n',
      '1 of 1 policy tests passed\n',
    ]);
  });

  it('exits 1 where one does not, and says by line what happened instead', async () => {
    const { code, out, err } = await run([
      test('b', '  never: [drop]'),
      test('a', '  expect: [synproxy, drop]'),
    ]);
    expect([code, err]).toEqual([1, '0 of 2 policy tests passed, 2 failed\n']);
    const lines = out.split('\n');
    expect(lines[0]).toBe('FAIL a (web)');
    expect(lines[1]).toBe(
      '  tests.yaml:13: synproxy was expected and not taken: the first incident was udp_flood on 203.0.113.10, detected at 1.1 s.',
    );
    expect(out).toContain(
      'FAIL b (web)\n  tests.yaml:6: drop was taken at 1.1 s, against udp_flood on 203.0.113.10',
    );
  });

  it('prints the documented JSON, the tests by name', async () => {
    const { tests, passed, failed, errors } = await results(
      test('b', '  never: [drop]'),
      test('a', '  expect: [drop]'),
    );
    expect([passed, failed, errors]).toEqual([1, 1, 0]);
    expect(tests).toMatchObject([
      { name: 'a', outcome: 'passed', file: 'tests.yaml', line: 10, failures: [], error: null },
      { name: 'b', outcome: 'failed', failures: [{ claim: '/spec/never/0', line: 6 }] },
    ]);
    expect(tests[1]!.incidents).toMatchObject([{ family: 'udp_flood', actions: [{ type: 'drop' }] }]);
  });

  it('prints JUnit XML that is well formed whatever the texts', async () => {
    const { code, out } = await run(
      [test('a', '  never: [drop]'), test('b', '  never: [drop]', `recording: 'a&b<c>"d'`)],
      '--format',
      'junit',
    );
    expect(code).toBe(2);
    expect(out).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="tidegate" tests="2" failures="1" errors="1">/,
    );
    expect(out).toMatch(
      /<testcase name="a" classname="web" file="tests\.yaml" line="3">\n {6}<failure message="drop was taken at 1\.1 s/,
    );
    expect(out).toContain('message="a&amp;b&lt;c&gt;&quot;d cannot be read');
  });

  it('counts what observe mode would have done, so that a test holds before and after enforcing', async () => {
    writeFileSync(join(policy, 'web.yaml'), goodPolicy().replace('mode: enforce', 'mode: observe'));
    const { tests } = await results(test('a', '  never: [drop]'), test('b', '  expect: [drop]'));
    expect(tests.map(({ outcome }) => outcome)).toEqual(['failed', 'passed']);
  });

  it('takes what a ceiling drops for a drop', async () => {
    const ceiling = goodPolicy('50kpps').replace(
      'packets: 50kpps }',
      'packets: 50kpps }\n  ceiling: { udp: 5kpps }',
    );
    writeFileSync(join(policy, 'web.yaml'), ceiling.replace('udp_flood, ', ''));
    const { tests } = await results(test('a', '  expect: [ceiling]'), test('b', '  never: [drop]'));
    expect(tests).toMatchObject([
      { outcome: 'passed', incidents: [{ actions: [{ type: 'ceiling', ttlSeconds: null, match: null }] }] },
      {
        outcome: 'failed',
        failures: [
          { message: expect.stringMatching(/^drop \(by a ceiling\) was taken at 1\.\d s/) as string },
        ],
      },
    ]);
    expect(tests[0]!.packets!.wouldDrop).toBeGreaterThan(20_000);
  });

  it('fails a budget where the collateral is not known, and says why', async () => {
    const unlabelled = readFileSync(recording, 'utf8').replaceAll(/,"label":"\w+"/g, '');
    writeFileSync(join(policy, 'recordings', 'attack.ndjson'), unlabelled);
    const { tests } = await results(test('a', '  budget: { collateral: 1% }'));
    expect(tests[0]).toMatchObject({ outcome: 'failed', collateral: { packets: null, share: null } });
    expect(tests[0]!.failures[0]!.message).toMatch(
      /^The collateral is not known: the samples are not labelled/,
    );
  });

  it('exits 2 for a test that cannot run, and runs the others', async () => {
    symlinkSync('/etc/hostname', join(policy, 'recordings', 'link.ndjson'));
    const { code, out, err } = await run([
      test('a', '  expect: [drop]'),
      test('gone', '  expect: [drop]', 'recording: recordings/gone.ndjson'),
      test('kind', '  expect: [drop]', 'pcap: recordings/attack.ndjson'),
      test('outside', '  expect: [drop]', 'recording: recordings/link.ndjson'),
    ]);
    expect([code, err]).toEqual([2, '1 of 4 policy tests passed, 3 could not run\n']);
    expect(out).toContain('ERR  gone (web)\n  TG5003: recordings/gone.ndjson cannot be read');
    expect(out).toContain(
      'ERR  kind (web)\n  TG5006: recordings/attack.ndjson: it is neither pcap nor pcapng',
    );
    expect(out).toContain(
      'ERR  outside (web)\n  TG5003: recordings/link.ndjson lies outside of the policy folder',
    );
  });

  it('says that there is nothing to test, and exits 2 for a policy that does not validate', async () => {
    const none = await run(['']);
    expect([none.code, none.out, none.err]).toEqual([0, '', 'the policy has no PolicyTest\n']);
    const { code, err } = await run([test('a', '  expect: [dorp]')]);
    expect(code).toBe(2);
    expect(err).toMatch(/^error TG1015: .*tests\.yaml:6:12: error: .*"dorp"/);
  });
});

describe('scenarios', () => {
  const scenario = (text: string): string => `scenario: { ${text} }`;

  it('are answered like recordings, and the same seed gives the same', async () => {
    const flood = scenario('attack: udp_flood, packets: 200kpps, background: 200pps, duration: 500ms');
    const first = await results(test('flood', '  expect: [drop]\n  budget: { collateral: 1% }', flood));
    expect(first.tests).toMatchObject([{ outcome: 'passed', collateral: { basis: 'labels' } }]);
    expect(await results(test('flood', '  expect: [drop]\n  budget: { collateral: 1% }', flood))).toEqual(
      first,
    );
  });

  it('may be a surge of legitimate traffic, which nothing is done about', async () => {
    const surge = scenario('attack: none, traffic: web, packets: 60kpps, background: 200pps, duration: 1s');
    const { tests } = await results(
      test('launch', '  never: [drop, synproxy]\n  budget: { collateral: 0% }', surge),
    );
    expect(tests).toMatchObject([{ outcome: 'passed', packets: { wouldDrop: 0 } }]);
  });
});
