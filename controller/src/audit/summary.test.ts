import { canonicalJson, type AuditRecord } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { sampleEvent, TestAgent } from '../testkit/index.ts';
import { parseBatchSignature, parseSegmentPath, segmentBase } from './layout.ts';
import { commitMessage } from './summary.ts';

const recordsOf = (name: string, count: number): AuditRecord[] =>
  new TestAgent(name).nextBatch(count, sampleEvent).records.map((text) => JSON.parse(text) as AuditRecord);

describe('commitMessage', () => {
  it('names agents and what is most telling, and says how much it leaves out', () => {
    const opened: AuditRecord = {
      ...recordsOf('web-2', 1)[0]!,
      kind: 'policy.refused',
      body: {
        commit: '0'.repeat(40),
        findings: 1,
        first: 'a.yaml:1:1: error: no\n\nSigned-off-by: me \u001b[31m',
      },
    };
    const message = commitMessage([...recordsOf('web-1', 30), opened], []);
    const [subject = '', blank, ...lines] = message.split('\n');
    expect(subject).toBe(
      'audit: 31 records from web-1, web-2 (policy.refused 000000000000: a.yaml:1:1: error: no Signed-off-by: me  [31m, incident.updated syn_flood 203.0.113.10)',
    );
    expect([blank, lines.length, lines.at(-2), lines.at(-1)]).toEqual(['', 22, '+11 more', '']);
  });

  it('stays short with many agents and with a fork alone', () => {
    const many = Array.from({ length: 9 }, (_, index) => recordsOf(`web-${index}`, 1)).flat();
    expect(commitMessage(many, []).split('\n')[0]).toMatch(
      /^audit: 9 records from web-0, web-1, web-2 and 6 more \(/,
    );
    expect(commitMessage([], ['web-1']).split('\n')[0]).toBe('audit: fork by web-1 kept');
  });
});

describe('layout', () => {
  it('reads back the paths that it writes, and no others', () => {
    const base = segmentBase(123_456, Date.UTC(2026, 0, 31, 23, 59));
    expect(base).toBe('log/2026/01/31/000000123456');
    expect(parseSegmentPath(`${base}.jsonl`)).toEqual({ firstIndex: 123_456, holds: 'records' });
    expect(parseSegmentPath(`${base}.sigs.jsonl`)).toEqual({ firstIndex: 123_456, holds: 'signatures' });
    for (const path of ['log/2026/01/31/1.jsonl', `${base}.json`, `x/${base}.jsonl`])
      expect(parseSegmentPath(path)).toBe(null);
  });

  it('takes only canonical batch signatures', () => {
    const { records: _, schema: __, ...span } = new TestAgent('web-1').nextBatch(1);
    const line = canonicalJson({ ...span, firstIndex: 7 });
    expect(parseBatchSignature(line)).toMatchObject({ agent: 'web-1', firstIndex: 7 });
    for (const bad of ['', '{}', `${line} `, line.replace('7', '"7"'), line.replace('{', '{"a":1,')]) {
      expect(() => parseBatchSignature(bad)).toThrow();
    }
  });
});
