/** What backends report: receipts, failures, removals. */
import type { ReceiptLevel } from '@tidegate/schemas';
import { isLive } from './state.ts';
import type { Incident, Mitigation, SeenRule } from './state.ts';
import type { Turn } from './turn.ts';

const levels: readonly ReceiptLevel[] = ['accepted', 'advertised', 'installed', 'effective'];
const rank = (level: ReceiptLevel | null): number => (level === null ? -1 : levels.indexOf(level));

/** An orphan's incident is not known any more. */
const noIncident = 'inc-0000000000000000';

/** How coarsely backends tell the time that is left, ns. */
const expiryJitterNs = 1.5e9;

/** What a rule that was read back tells. */
const countsOf = ({ packets, bytes, expiresInMs }: SeenRule, atNs: number): Partial<Mitigation> => ({
  packets,
  bytes,
  expiresAtNs: atNs + expiresInMs * 1e6,
});

export function receipt(
  turn: Turn,
  incident: Incident,
  mitigation: Mitigation,
  level: ReceiptLevel,
  rule: SeenRule,
): void {
  turn.audit('action.receipt', {
    incident: incident.id,
    mitigation: mitigation.id,
    backend: mitigation.backend,
    level,
    handle: rule.id,
    packets: rule.packets.toString(),
    bytes: rule.bytes.toString(),
    expiresInMs: Math.max(0, Math.round(rule.expiresInMs)),
  });
}

/** Only a receipt that says more than the one before goes on record. */
export function onReceipt(turn: Turn, id: string, level: ReceiptLevel, rule: SeenRule): void {
  const found = turn.find(id);
  if (found === null || found.mitigation.phase === 'failed') return;
  const { incident, mitigation } = found;
  const phase = mitigation.phase === 'applying' ? 'installed' : mitigation.phase;
  if (rank(level) <= rank(mitigation.level)) {
    turn.change(incident, mitigation, countsOf(rule, turn.atNs));
    return;
  }
  receipt(turn, incident, mitigation, level, rule);
  turn.change(incident, mitigation, { ...countsOf(rule, turn.atNs), phase, level, lookedAtNs: turn.atNs });
}

/** The backend took a renewal; what came of it is read back, because that is what goes on record. */
export function onRenewed(turn: Turn, id: string): void {
  const found = turn.find(id);
  if (found?.mitigation.phase !== 'installed') return;
  turn.commands.push({ type: 'verify', backend: found.mitigation.backend, id });
}

export function onSeen(turn: Turn, id: string, rule: SeenRule | null): void {
  const found = turn.find(id);
  if (found?.mitigation.phase !== 'installed') return;
  const { incident, mitigation } = found;
  if (rule === null) {
    vanished(turn, incident, mitigation);
    return;
  }
  // A renewal adds at least the third of the TTL that had passed; less is how two looks differ.
  const added = turn.atNs + rule.expiresInMs * 1e6 - mitigation.expiresAtNs;
  const isRenewed = mitigation.isRenewing && added > (mitigation.ttlMs * 1e6) / 6;
  const isMore = rank(rule.level ?? null) > rank(mitigation.level);
  const level = isMore ? (rule.level ?? null) : mitigation.level;
  if (isRenewed || isMore) receipt(turn, incident, mitigation, level ?? 'installed', rule);
  turn.change(incident, mitigation, {
    ...countsOf(rule, turn.atNs),
    level,
    isRenewing: mitigation.isRenewing && !isRenewed,
  });
}

/** Not found where it was installed: its TTL is over, or somebody else removed it. */
function vanished(turn: Turn, incident: Incident, mitigation: Mitigation): void {
  const { id, backend, packets, bytes, expiresAtNs } = mitigation;
  if (turn.atNs < expiresAtNs - expiryJitterNs && !mitigation.hasFailed) {
    const reason = 'the rule is gone before its TTL was over; another program changes the same table';
    turn.audit('action.failed', { incident: incident.id, mitigation: id, backend, code: 'TG2004', reason });
  }
  gone(turn, incident, mitigation, { packets, bytes, isVerified: true });
}

/** An installed rule stays where it is: it ends with its incident, or by its TTL. */
export function onFailed(turn: Turn, id: string, code: string, reason: string): void {
  const found = turn.find(id);
  if (found === null || found.mitigation.phase === 'failed') return;
  const { incident, mitigation } = found;
  const { backend, phase } = mitigation;
  // One record for each mitigation: a backend that fails to remove a rule is asked every few seconds.
  if (mitigation.hasFailed) return;
  turn.audit('action.failed', {
    incident: incident.id,
    mitigation: id,
    backend,
    code,
    reason: reason.slice(0, 500),
  });
  if (mitigation.diverted !== undefined && isLive(mitigation)) {
    // Whether the provider began after all is for it to say.
    turn.remove(turn.change(incident, mitigation, { hasFailed: true }), mitigation, 'superseded');
    return;
  }
  const failed = phase === 'applying' ? ({ phase: 'failed', hasFailed: true } as const) : { hasFailed: true };
  turn.closeIfDone(turn.change(incident, mitigation, failed));
}

export function onRemoved(turn: Turn, id: string, rule: SeenRule | null, verified: boolean): void {
  const found = turn.find(id);
  if (found !== null) {
    if (found.mitigation.phase !== 'removing') return;
    const { packets, bytes } = rule ?? found.mitigation;
    gone(turn, found.incident, found.mitigation, { packets, bytes, isVerified: verified });
    return;
  }
  const backend = turn.state.orphans.get(id);
  if (backend === undefined) return;
  const [packets, bytes] = [(rule?.packets ?? 0n).toString(), (rule?.bytes ?? 0n).toString()];
  turn.audit('action.removed', {
    incident: noIncident,
    mitigation: id,
    backend,
    reason: 'orphan',
    packets,
    bytes,
    verified,
  });
  const orphans = new Map(turn.state.orphans);
  orphans.delete(id);
  turn.state = { ...turn.state, orphans };
}

interface LastCounts {
  readonly packets: bigint;
  readonly bytes: bigint;
  readonly isVerified: boolean;
}

/** Writes a rule off: it was removed, or its TTL is over. */
export function gone(
  turn: Turn,
  incident: Incident,
  mitigation: Mitigation,
  { packets, bytes, isVerified }: LastCounts,
): void {
  const { id, backend, removal, mode } = mitigation;
  const reason = removal ?? 'expired';
  const counts = { packets: packets.toString(), bytes: bytes.toString() };
  turn.audit('action.removed', {
    incident: incident.id,
    mitigation: id,
    backend,
    reason,
    ...counts,
    verified: isVerified,
  });
  // What a provider would not do is remembered: other steps wait for that.
  const isToRemember = mitigation.diverted !== undefined && mitigation.hasFailed;
  const left = turn.change(incident, mitigation, isToRemember ? { phase: 'failed' } : null);
  const dropped = mode === 'enforce' ? { packets, bytes } : { packets: 0n, bytes: 0n };
  const droppedPackets = left.droppedPackets + dropped.packets;
  const droppedBytes = left.droppedBytes + dropped.bytes;
  turn.closeIfDone(turn.removeNext(turn.put({ ...left, droppedPackets, droppedBytes })));
}
