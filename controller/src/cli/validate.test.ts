import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { check, type Findings } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cli, goodPolicy, testFolder, type TestFolder } from '../testkit/index.ts';

let folder: TestFolder;
beforeEach(() => {
  folder = testFolder();
});
afterEach(() => folder.remove());

const policyWith = (files: Readonly<Record<string, string>>): string => {
  const root = join(folder.path, 'policy');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
};
const bad = goodPolicy().replace('interfaces:', 'interfaecs:');

describe('tidegate validate', () => {
  it('exits 0 and prints no finding for a policy in order', async () => {
    const { code, out, err } = await cli('validate', policyWith({ 'web.yaml': goodPolicy() }));
    expect([code, out, err]).toEqual([0, '', '3 documents in 1 file: no errors\n']);
  });

  it('knows which lists are in the folder', async () => {
    const feed = `---
apiVersion: tidegate/v1
kind: ThreatFeed
metadata: { name: own }
spec: { source: { path: lists/own.txt }, format: plain }
`;
    const root = policyWith({ 'web.yaml': goodPolicy() + feed, 'lists/ovn.txt': '' });
    const { code, out } = await cli('validate', root);
    expect([code, out]).toEqual([1, expect.stringContaining('There is no file lists/own.txt')]);
    policyWith({ 'lists/own.txt': '' });
    expect((await cli('validate', root)).code).toBe(0);
  });

  it('exits 1 and names file, line and column, with the line and what was meant', async () => {
    const root = policyWith({ 'groups/web.yml': bad });
    const { code, out, err } = await cli('validate', root);
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      expect.stringMatching(
        /\/policy\/groups\/web\.yml:7:3: error: Unknown key "interfaecs"\..* \[TG1003\]$/,
      ),
      '  7 |   interfaecs: [eth0]',
      '    |   ^',
      '  did you mean: interfaces',
      '',
    ]);
    expect(err).toBe('3 documents in 1 file: 1 error\n');
  });

  it('prints the documented JSON as the last line', async () => {
    const { code, json } = await cli('validate', policyWith({ 'web.yaml': bad }), '--format', 'json');
    expect([code, check('findings', json()).ok]).toEqual([1, true]);
    expect((json() as Findings).findings).toMatchObject([
      { rule: 'TG1003', severity: 'error', file: 'web.yaml', line: 7, column: 3, suggestion: 'interfaces' },
    ]);
    const clean = await cli('validate', policyWith({ 'web.yaml': goodPolicy() }), '--format=json');
    expect(clean.json()).toEqual({ schema: 'tidegate/findings/v1', findings: [] });
  });

  it('prints workflow commands in which nothing of the policy can end the command', async () => {
    const root = policyWith({ 'a,b:c.yaml': goodPolicy().replace('203.0.113.0/24', '"1%\\r\\n::error::2"') });
    const { code, out } = await cli('validate', root, '--format', 'github');
    expect(code).toBe(1);
    expect(out).toMatch(
      /^::error file=\S*\/policy\/a%2Cb%3Ac\.yaml,line=8,col=13,title=TG1007::[^\r\n]*1%25[^\r\n]*\n$/,
    );
  });

  it('shows no control characters of a policy on a terminal', async () => {
    const root = policyWith({ 'web.yaml': goodPolicy().replace('[eth0]', '"\u001b[31meth0"') });
    const { code, out } = await cli('validate', root);
    expect(code).toBe(1);
    expect(out).not.toContain('\u001b');
  });

  it('leaves out dot folders, links and other files', async () => {
    const root = policyWith({ 'web.yaml': goodPolicy(), '.git/x.yaml': 'kind: [', 'notes.txt': 'kind: [' });
    expect((await cli('validate', root)).code).toBe(0);
  });

  it('refuses a policy without a NodeGroup, as the controller does', async () => {
    const { code, json } = await cli(
      'validate',
      policyWith({ 'a.yaml': '# nothing yet\n' }),
      '--format',
      'json',
    );
    expect([code, json()]).toMatchObject([1, { findings: [{ rule: 'TG1015', file: 'a.yaml' }] }]);
  });

  it.each([
    ['a folder that is not there', ['validate', '/nonexistent'], 'there is no folder /nonexistent'],
    ['a file', ['validate', '/etc/hostname'], '/etc/hostname is not a folder'],
    ['an unknown option', ['validate', '.', '--formt', 'json'], "unknown option '--formt'"],
    ['an unknown format', ['validate', '.', '--format', 'xml'], 'Allowed choices are text, json, github'],
    ['a missing argument', ['validate'], "missing required argument 'dir'"],
    ['too many arguments', ['validate', 'a', 'b'], 'too many arguments'],
    ['an unknown command', ['validte'], "unknown command 'validte'"],
  ])('exits 2 for %s', async (_, args, message) => {
    const { code, out, err } = await cli(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('exits 2 where there is nothing to check', async () => {
    const { code, err } = await cli('validate', policyWith({ 'notes.txt': '' }));
    expect(code).toBe(2);
    expect(err).toContain('has no *.yaml or *.yml file');
  });
});
