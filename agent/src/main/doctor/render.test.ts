import type { Doctor, DoctorCheck } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { renderCheck, renderSummary } from './render.ts';

const plain = { colours: false };
const found: DoctorCheck = {
  id: 'interface-xdp',
  subject: 'eth0',
  status: 'fail',
  found: 'another program is attached',
  meaning: 'The agent falls back.',
  fix: `Detach it ${'if nothing needs it '.repeat(6)}now.`,
};
const summary = (ok: number, warn: number, fail: number, skipped: number): Doctor => ({
  schema: 'tidegate/doctor/v1',
  checks: [],
  summary: { ok, warn, fail, skipped },
});

describe('renderCheck', () => {
  it('puts what follows and what helps below, in lines that fit', () => {
    expect(renderCheck(found, 'XDP', plain)).toBe(
      `✗ eth0 XDP             another program is attached
    The agent falls back.
    → Detach it if nothing needs it if nothing needs it if nothing needs it if nothing needs it
      if nothing needs it if nothing needs it now.
`,
    );
  });

  it('is one line where all is well', () => {
    const well = {
      ...found,
      subject: null,
      status: 'ok' as const,
      found: '22.14.0',
      meaning: null,
      fix: null,
    };
    expect(renderCheck(well, 'Node.js', plain)).toBe('✓ Node.js              22.14.0\n');
  });

  it('shows a reason of several lines as it is', () => {
    const long = { ...found, found: 'refused\n0: (b7) r0 = 1\n', meaning: null, fix: null };
    expect(renderCheck(long, 'XDP', plain)).toBe('✗ eth0 XDP             refused\n    0: (b7) r0 = 1\n');
  });

  it('colours the mark, and only where it may', () => {
    expect(renderCheck(found, 'XDP', { colours: true })).toContain('\u001b[31m✗\u001b[0m eth0 XDP');
    expect(renderCheck(found, 'XDP', plain)).not.toContain('\u001b');
  });
});

describe('renderSummary', () => {
  it.each([
    [summary(20, 0, 0, 0), 'All is well: 20 ok.'],
    [
      summary(20, 1, 0, 2),
      'Nothing keeps the agent from its work, but look at the warnings: 1 warning, 20 ok, 2 skipped.',
    ],
    [summary(18, 2, 3, 0), 'Something keeps the agent from its work: 3 failed, 2 warnings, 18 ok.'],
  ])('%#', (report, text) => {
    expect(renderSummary(report, plain)).toBe(`\n${text}\n`);
  });
});
