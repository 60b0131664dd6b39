/** One attack, judged from what was seen past the agent and what the agent put on record. */
import type { AuditKind, AuditRecord, AuditRecordOf } from '@tidegate/schemas';
import type { KernelRule } from '../../testkit/scene/index.ts';
import { goneNs } from './drop.ts';
import type { Watched } from './drop.ts';
import type { PlannedAttack } from './plan.ts';

/** What was seen of one attack, without the agent's help. */
export interface Observation {
  readonly attack: PlannedAttack;
  /** Kernel time of the first attack packet in the victim's stack, ns; 0 where none came. */
  readonly firstNs: number;
  readonly watched: Watched;
  /** The kernel's rules, twice before the flood ended. */
  readonly looks: readonly (readonly KernelRule[])[];
  /** Wall time less kernel monotonic time while it lasted, ms. */
  readonly wallOffsetMs: number;
  /** How late timers of an idle process were meanwhile, ms. */
  readonly timerLateMs: readonly number[];
}

/** Times since the first attack packet, ms; null where it did not come to that before the flood was over. */
export interface Verdict {
  readonly seen: Observation;
  /** Under which name the incident was opened. */
  readonly family: string | null;
  readonly detectedMs: number | null;
  readonly installedMs: number | null;
  readonly effectiveMs: number | null;
  readonly goneMs: number | null;
  readonly verifiedDropMs: number | null;
}

/** A record says in which ms it was written; here it counts as written at the end of that ms. */
const recordMs = 1;

/** @param records Of the agent, in their order. */
export function judge(seen: Observation, records: readonly AuditRecord[]): Verdict {
  const { attack, firstNs, watched, wallOffsetMs } = seen;
  const sinceFirstMs = ({ at }: AuditRecord): number =>
    Date.parse(at) + recordMs - wallOffsetMs - firstNs / 1e6;
  const timeOf = (record: AuditRecord | undefined): number | null =>
    record === undefined ? null : sinceFirstMs(record);
  const lastedMs = (watched.endNs - firstNs) / 1e6;
  const meanwhile = records.filter((record) => {
    const ms = sinceFirstMs(record);
    return firstNs !== 0 && ms >= 0 && ms <= lastedMs;
  });
  const opened = ofKind(meanwhile, 'incident.opened').find(({ body }) => body.target === attack.target);
  const receipts = ofKind(meanwhile, 'action.receipt').filter(
    ({ body }) => body.incident === opened?.body.incident,
  );
  const effectiveMs = timeOf(receipts.find((receipt) => isProved(receipt, receipts, seen.looks)));
  const gone = goneNs(watched);
  const goneMs = gone === null ? null : (gone - firstNs) / 1e6;
  return {
    seen,
    family: opened?.body.family ?? null,
    detectedMs: timeOf(opened),
    installedMs: timeOf(receipts.find(({ body }) => body.level === 'installed')),
    effectiveMs,
    goneMs,
    verifiedDropMs: effectiveMs === null || goneMs === null ? null : Math.max(effectiveMs, goneMs),
  };
}

const ofKind = <Kind extends AuditKind>(records: readonly AuditRecord[], kind: Kind): AuditRecordOf<Kind>[] =>
  records.filter((record): record is AuditRecordOf<Kind> => record.kind === kind);

/**
 * Whether the effect is on record, with a counter that rose since the rule was installed, and the rule of that name is
 * in the kernel and went on counting, read past the agent.
 */
function isProved(
  { body }: AuditRecordOf<'action.receipt'>,
  receipts: readonly AuditRecordOf<'action.receipt'>[],
  looks: Observation['looks'],
): boolean {
  const installed = receipts.find(
    (receipt) => receipt.body.level === 'installed' && receipt.body.handle === body.handle,
  );
  const counts = looks.map((rules) => rules.find(({ id }) => id === body.handle)?.packets ?? 0);
  return (
    body.level === 'effective' &&
    installed !== undefined &&
    isRising([BigInt(installed.body.packets), BigInt(body.packets), ...counts.map(BigInt)])
  );
}

const isRising = (counts: readonly bigint[]): boolean =>
  counts.every((count, index) => index === 0 || count > (counts[index - 1] ?? 0n));
