import type { AuditRecord } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { judge } from './verdict.ts';
import type { Observation } from './verdict.ts';

const incident = 'inc-00000000000000aa';
const rule = 'mit-00000000000000bb';
const target = '203.0.113.10';
const offsetMs = 1_800_000_000_000;
const firstMs = 5000;

/** A flood of 500 ms that is gone after 90 ms; the rule counts on until the end. */
const seen: Observation = {
  attack: { kind: 'syn_flood', target, delayMs: 0 },
  firstNs: firstMs * 1e6,
  wallOffsetMs: offsetMs,
  timerLateMs: [],
  looks: [[look(1000)], [look(2000)]],
  watched: {
    buckets: Array.from({ length: 50 }, (_, index) => ({
      startNs: (firstMs + index * 10) * 1e6,
      packets: index < 9 ? 2000 : 0,
    })),
    offeredPacketsPerSecond: 200_000,
    endNs: (firstMs + 500) * 1e6,
  },
};

function look(packets: number) {
  return { id: rule, backend: 'xdp', verdict: 'drop', packets, expiresInMs: 60_000 } as const;
}

/** Records as far as they are looked at. */
const record = (afterMs: number, kind: AuditRecord['kind'], body: object): AuditRecord =>
  ({ kind, at: new Date(offsetMs + firstMs + afterMs).toISOString(), body }) as AuditRecord;
const opened = (afterMs = 60): AuditRecord =>
  record(afterMs, 'incident.opened', { incident, target, family: 'syn_flood' });
const receipt = (afterMs: number, level: string, packets: string, body = {}): AuditRecord =>
  record(afterMs, 'action.receipt', { incident, mitigation: rule, handle: rule, level, packets, ...body });
const story = [opened(), receipt(62, 'installed', '0'), receipt(71, 'effective', '500')];

describe('judge', () => {
  it('gives times since the first packet, each at the end of the ms that is on record', () => {
    expect(judge(seen, story)).toMatchObject({
      family: 'syn_flood',
      detectedMs: 61,
      installedMs: 63,
      effectiveMs: 72,
      goneMs: 90,
    });
  });

  it('takes the later of receipt and probe for the verified drop', () => {
    expect(judge(seen, story).verifiedDropMs).toBe(90);
    const late = [...story.slice(0, 2), receipt(140, 'effective', '500')];
    expect(judge(seen, late).verifiedDropMs).toBe(141);
  });

  it.each<[string, readonly AuditRecord[]]>([
    ['no incident', []],
    ['an incident of another target', [record(60, 'incident.opened', { incident, target: '203.0.113.11' })]],
    ['an incident from before', [opened(-20), ...story.slice(1)]],
    ['no receipt above installed', story.slice(0, 2)],
    ['no receipt that the rule was installed', [opened(), receipt(71, 'effective', '500')]],
    ['a counter that did not rise', [...story.slice(0, 2), receipt(71, 'effective', '0')]],
    [
      'the receipt of another incident',
      [...story.slice(0, 2), receipt(71, 'effective', '500', { incident: 'inc-1' })],
    ],
    ['a receipt after the flood', [...story.slice(0, 2), receipt(501, 'effective', '500')]],
  ])('does not count %s', (_, records) => {
    expect(judge(seen, records).verifiedDropMs).toBeNull();
  });

  it('wants the rule of that name in the kernel, and its counter rising to the end', () => {
    const other = { ...look(2000), id: 'mit-00000000000000cc' };
    for (const looks of [
      [[], []],
      [[look(1000)], []],
      [[look(1000)], [look(1000)]],
      [[look(1000)], [other]],
    ])
      expect(judge({ ...seen, looks }, story).verifiedDropMs).toBeNull();
  });

  it('fails while the probe still sees the attack, or never saw it', () => {
    const buckets = seen.watched.buckets.map((bucket) => ({ ...bucket, packets: 2000 }));
    expect(judge({ ...seen, watched: { ...seen.watched, buckets } }, story)).toMatchObject({
      effectiveMs: 72,
      goneMs: null,
      verifiedDropMs: null,
    });
    const unseen = { ...seen, firstNs: 0, watched: { ...seen.watched, buckets: [] } };
    expect(judge(unseen, story)).toMatchObject({ detectedMs: null, verifiedDropMs: null });
  });
});
