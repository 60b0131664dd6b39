import type { AuditRecord } from '@tidegate/schemas';

const noted = 3;
const linesMax = 20;

/** One record in a few words, for people who read `git log`. */
export function describeRecord(record: AuditRecord): string {
  switch (record.kind) {
    case 'incident.opened':
    case 'incident.updated':
    case 'incident.closed':
      return `${record.kind} ${record.body.family} ${record.body.target}`;
    case 'action.intent':
      return `${record.kind} ${record.body.action} ${record.body.match.destination} (${record.body.mode})`;
    case 'action.receipt':
      return `${record.kind} ${record.body.backend} ${record.body.level}`;
    case 'action.failed':
      return `${record.kind} ${record.body.backend} ${record.body.code}`;
    case 'action.refused':
      return `${record.kind} by ${oneLine(record.body.rail)}`;
    case 'action.removed':
      return `${record.kind} ${record.body.backend} (${record.body.reason})`;
    case 'action.ceiling':
      return `${record.kind} ${record.body.threshold} ${record.body.phase} (${record.body.mode})`;
    case 'bundle.activated':
      return `${record.kind} epoch ${record.body.epoch} (${record.body.mode})`;
    case 'bundle.refused':
      return `${record.kind} at ${record.body.stage}`;
    case 'indicators.loaded':
      return `${record.kind} ${record.body.entries} entries`;
    case 'indicators.failed':
      return `${record.kind} at ${record.body.stage}`;
    case 'bundle.published':
      return `${record.kind} ${record.body.group} epoch ${record.body.epoch}`;
    case 'policy.refused':
      return `${record.kind} ${record.body.commit.slice(0, 12)}: ${oneLine(record.body.first)}`;
    case 'agent.enrolled':
      return `${record.kind} ${record.body.name}`;
    case 'audit.forked':
      return `${record.kind} ${record.body.name} seq ${record.body.seq}`;
    case 'audit.gap':
      return `${record.kind} ${record.body.lost} records lost`;
    case 'capture.saved':
      return `${record.kind} ${record.body.packets} packets`;
    case 'capture.failed':
      return `${record.kind} ${record.body.incident}`;
    case 'notification.sent':
    case 'notification.failed':
      return `${record.kind} ${record.body.channel} ${record.body.occasion}`;
    case 'operator.command':
      return `${record.kind} ${record.body.command}`;
    case 'agent.started':
    case 'agent.stopped':
      return record.kind;
  }
}

/** The most telling records first: what was attacked and done, before how it went. */
const weights: Partial<Record<AuditRecord['kind'], number>> = {
  'audit.forked': 0,
  'audit.gap': 1,
  'incident.opened': 2,
  'action.refused': 3,
  'action.failed': 3,
  'operator.command': 3,
  'policy.refused': 4,
  'bundle.refused': 4,
  'indicators.failed': 4,
  'notification.failed': 4,
  'action.intent': 5,
  'action.ceiling': 5,
  'incident.closed': 6,
};

/** The message of a commit: a subject that names agents and events, then a line for each of the first records. */
export function commitMessage(records: readonly AuditRecord[], forked: readonly string[]): string {
  const agents = [...new Set(records.map(({ agent }) => agent))];
  const telling = [...records]
    .sort((a, b) => (weights[a.kind] ?? 9) - (weights[b.kind] ?? 9))
    .map(describeRecord);
  const events = listed([...forked.map((agent) => `fork by ${agent} kept`), ...new Set(telling)], ', …');
  const subject =
    records.length === 0
      ? `audit: ${events}`
      : `audit: ${records.length} ${records.length === 1 ? 'record' : 'records'} from ${listed(agents, ` and ${agents.length - noted} more`)} (${events})`;
  const lines = records
    .slice(0, linesMax)
    .map((record) => `${record.at} ${record.agent} ${record.seq}: ${describeRecord(record)}`);
  const rest = records.length - lines.length;
  return [subject, '', ...lines, ...(rest > 0 ? [`+${rest} more`] : []), ''].join('\n');
}

const listed = (items: readonly string[], more: string): string =>
  items.slice(0, noted).join(', ') + (items.length > noted ? more : '');

/** Free text of an agent must not look like further lines of a commit message or terminal control. */
const oneLine = (text: string): string => text.replaceAll(/\p{C}+/gu, ' ').slice(0, 120);
