/** One attack, judged from what the probe saw and what the agent put on record. */
import type { AuditRecord } from '@tidegate/schemas';
import { goneNs } from './drop.ts';
import type { Watched } from './drop.ts';
import type { PlannedAttack } from './plan.ts';

/** What was seen of one attack, without the agent's help. */
export interface Observation {
  readonly attack: PlannedAttack;
  /** Kernel time of the first attack packet in the victim's stack, ns; 0 where none came. */
  readonly firstNs: number;
  readonly watched: Watched;
  /** Wall time less kernel monotonic time while it lasted, ms. */
  readonly wallOffsetMs: number;
  /** How late timers of an idle process were meanwhile, ms. */
  readonly timerLateMs: readonly number[];
}

/** Times since the first attack packet, ms; null where it did not come to that before the flood was over. */
export interface Verdict {
  readonly seen: Observation;
  readonly family: string | null;
  readonly detectedMs: number | null;
  readonly installedMs: number | null;
  readonly effectiveMs: number | null;
  readonly goneMs: number | null;
  readonly verifiedDropMs: number | null;
}

type Record<Kind extends AuditRecord['kind']> = Extract<AuditRecord, { kind: Kind }>;
type Receipt = Record<'action.receipt'>;

/** A record says in which ms it was written; here it counts as written at the end of that ms. */
const recordMs = 1;

export function judge(seen: Observation, records: readonly AuditRecord[]): Verdict {
  const { attack, firstNs, watched, wallOffsetMs } = seen;
  const firstMs = firstNs / 1e6 + wallOffsetMs;
  const endMs = watched.endNs / 1e6 + wallOffsetMs;
  const since = (record: AuditRecord | undefined): number | null =>
    record === undefined ? null : Date.parse(record.at) + recordMs - firstMs;
  const opened = records.find(
    (record): record is Record<'incident.opened'> =>
      record.kind === 'incident.opened' &&
      record.body.target === attack.target &&
      Date.parse(record.at) + recordMs >= firstMs &&
      Date.parse(record.at) <= endMs,
  );
  const receipts = records.filter(
    (record): record is Receipt =>
      record.kind === 'action.receipt' &&
      record.body.incident === opened?.body.incident &&
      Date.parse(record.at) <= endMs,
  );
  const effective = receipts.find(
    (receipt) => receipt.body.level === 'effective' && hasRisen(receipt, receipts),
  );
  const [effectiveMs, gone] = [since(effective), goneNs(watched)];
  const goneMs = gone === null || firstNs === 0 ? null : (gone - firstNs) / 1e6;
  return {
    seen,
    family: opened?.body.family ?? null,
    detectedMs: since(opened),
    installedMs: since(receipts.find(({ body }) => body.level === 'installed')),
    effectiveMs,
    goneMs,
    verifiedDropMs: effectiveMs === null || goneMs === null ? null : Math.max(effectiveMs, goneMs),
  };
}

/** Whether the counter of the rule that a receipt names rose since it was installed. */
function hasRisen({ body }: Receipt, receipts: readonly Receipt[]): boolean {
  const installed = receipts.find(
    (receipt) => receipt.body.mitigation === body.mitigation && receipt.body.level === 'installed',
  );
  return (
    installed !== undefined &&
    installed.body.handle === body.handle &&
    BigInt(body.packets) > BigInt(installed.body.packets)
  );
}
