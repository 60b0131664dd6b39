import { check } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { statusOf } from './report.ts';
import type { ReportParts } from './report.ts';

const parts: ReportParts = {
  node: 'web-1',
  wallMs: 1_800_000_000_000,
  standing: { offered: null, verified: null, effective: null, failed: null, bundle: null },
  spool: { pendingCount: 3, lastSeq: 14, failing: false },
  watch: null,
  indicators: { wanted: null, effective: null, failed: null },
  isStopped: false,
};
const idle = { isStopped: false, incidents: [], mitigations: [], untrackedTargets: 0, surges: [] };
const late = (lateMs: readonly number[]): ReportParts => ({
  ...parts,
  watch: {
    description: 'xdp/native',
    status: idle,
    notes: ['without XDP no ceiling is held: default'],
    datapath: null,
    ticks: { total: 36_000, missed: 1, lateMs },
  },
});

describe('statusOf', () => {
  it('says how late ticks were', () => {
    const lateMs = Array.from({ length: 1000 }, (_, index) => (index * 7) % 1000);
    expect(statusOf(late(lateMs))).toMatchObject({
      ticks: { total: 36_000, missed: 1, lateMsMax: 999, lateMsP99: 989 },
    });
    expect(statusOf(late([4]))).toMatchObject({ ticks: { lateMsMax: 4, lateMsP99: 4 } });
  });

  it('has its shape, also before the first bundle', () => {
    const status = statusOf(parts);
    expect(status).toMatchObject({ ticks: { total: 0, lateMsMax: 0, lateMsP99: 0 } });
    expect(check('control-response', status)).toMatchObject({ ok: true });
    const watching = statusOf(late([1]));
    expect(check('control-response', watching)).toMatchObject({ ok: true });
    expect(watching).toMatchObject({ heartbeat: { notes: ['without XDP no ceiling is held: default'] } });
  });
});
