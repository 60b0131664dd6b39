/** A notification, written from the journal of its incident: the words of audit and `explain`. */
import type { Bundle, Notification } from '@tidegate/schemas';
import { explain } from '../../engine/explain/index.ts';
import type { JournalEntry, JournalRecord } from '../../engine/explain/index.ts';
import type { Occasion } from './occasions.ts';

export interface Context {
  readonly node: string;
  readonly bundle: Bundle;
  readonly nowMs: number;
}

/** Null where the journal no longer knows the incident. */
export function notificationOf(
  { incident, occasion, number }: Occasion,
  entry: JournalEntry,
  { node, bundle, nowMs }: Context,
): Notification | null {
  const explanation = explain(entry);
  if (explanation === null) return null;
  const { schema: _, ...explained } = explanation;
  return {
    schema: 'tidegate/notification/v1',
    id: `${incident}-${occasion}-${number}`,
    occasion,
    at: new Date(nowMs).toISOString(),
    node,
    group: bundle.group,
    mode: bundle.mode,
    policy: bundle.commit,
    ...explained,
    undo: isInForce(entry.records) ? `tidegate-agent release ${incident}` : null,
    explain: `tidegate-agent explain ${incident}`,
    others: [],
  };
}

/** Whether some rule of the incident was read back and not removed. */
function isInForce(records: readonly JournalRecord[]): boolean {
  const standing = new Set<string>();
  for (const { event } of records) {
    if (event.kind === 'action.receipt' && event.body.level !== 'accepted')
      standing.add(event.body.mitigation);
    if (event.kind === 'action.removed') standing.delete(event.body.mitigation);
  }
  return standing.size > 0;
}
