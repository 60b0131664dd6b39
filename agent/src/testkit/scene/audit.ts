/** What the audit repository says, and whether it holds. */
import { spawnSync } from 'node:child_process';
import type { AuditKind, AuditRecord } from '@tidegate/schemas';
import { tidegateBin } from '../daemons.ts';
import { readAuditLines } from '../repositories.ts';

type RecordOf<Kind extends AuditKind> = Extract<AuditRecord, { kind: Kind }>;

export interface AuditReading {
  /** Every line of the log, of controller and agents, in its order. */
  readonly lines: readonly string[];
  /** What one agent recorded, in the order of the log. */
  readonly records: readonly AuditRecord[];
  readonly of: <Kind extends AuditKind>(kind: Kind) => RecordOf<Kind>[];
}

/** Reads the log as it is in git now. */
export function readAudit(repository: string, agent: string): AuditReading {
  const lines = readAuditLines(repository);
  const records = lines
    .map((line) => JSON.parse(line) as AuditRecord)
    .filter((record) => record.agent === agent);
  return {
    lines,
    records,
    of: <Kind extends AuditKind>(kind: Kind) =>
      records.filter((record): record is RecordOf<Kind> => record.kind === kind),
  };
}

/** `tidegate audit verify`, as a person would run it. */
export function verifyAudit(
  repository: string,
  trustFile: string,
): { exitCode: number | null; text: string } {
  const args = [tidegateBin, 'audit', 'verify', repository, '--keys', trustFile];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { exitCode: status, text: stdout + stderr };
}

/** What must happen once in the life of an incident or a mitigation. */
const once: readonly AuditKind[] = ['incident.opened', 'incident.closed', 'action.intent', 'action.removed'];

/** What is missing, double, or in the wrong order in an agent's records; empty where the story holds together. */
export function faultsIn(records: readonly AuditRecord[]): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const [index, { seq, kind, body }] of records.entries()) {
    if (seq !== index + 1) faults.push(`record ${index + 1} of the log has sequence number ${seq}`);
    const subject = subjectOf(body);
    if (subject === null) continue;
    const event = `${kind} ${subject}`;
    if (once.includes(kind) && seen.has(event)) faults.push(`${seq}: a second ${event}`);
    seen.add(event);
    const before = beginningOf(kind, body);
    if (before !== null && !seen.has(before)) faults.push(`${seq}: ${event} without ${before}`);
  }
  return faults;
}

/** Incidents that were never closed, and rules and ceilings whose end is not on record. */
export function unfinishedIn(records: readonly AuditRecord[]): string[] {
  const open = new Set<string>();
  for (const { kind, body } of records) {
    const subject = subjectOf(body);
    if (subject === null) continue;
    const phase = kind === 'action.ceiling' ? body.phase : null;
    if (kind === 'incident.opened' || kind === 'action.intent' || phase === 'began') open.add(subject);
    else if (
      kind === 'incident.closed' ||
      kind === 'action.removed' ||
      kind === 'action.failed' ||
      phase === 'ended'
    )
      open.delete(subject);
  }
  return [...open];
}

function subjectOf(body: AuditRecord['body']): string | null {
  if ('mitigation' in body) return body.mitigation;
  return 'incident' in body ? body.incident : null;
}

/** What has to be on record before. Nobody knows where an orphan came from. */
function beginningOf(kind: AuditKind, body: AuditRecord['body']): string | null {
  const isOrphan = 'reason' in body && body.reason === 'orphan';
  if (isOrphan || kind === 'incident.opened' || !('incident' in body)) return null;
  const isAboutRule = 'mitigation' in body && kind !== 'action.intent' && kind !== 'action.ceiling';
  return isAboutRule ? `action.intent ${body.mitigation}` : `incident.opened ${body.incident}`;
}
