import type { AuditBody, AuditEvent, Explanation } from '@tidegate/schemas';
import type { JournalEntry, JournalRecord } from './journal.ts';
import { matchText, metricText, percentText, rateText } from './words.ts';

type Told = Explanation['answered'][number];

/** What an incident's records say, for a person; null without the record that opened it. */
export function explain(entry: JournalEntry): Explanation | null {
  const [first] = entry.records;
  if (first?.event.kind !== 'incident.opened') return null;
  const opened = first.event.body;
  const surest = entry.records.reduce<Named>((best, { event }) => surerOf(best, event), opened);
  const closed = entry.records.find(({ event }) => event.kind === 'incident.closed');
  const detected = opened.detected ?? [];
  const named = [...new Set([...opened.reasons, ...surest.reasons])];
  return {
    schema: 'tidegate/explanation/v1',
    incident: entry.incident,
    target: opened.target,
    family: surest.family,
    confidence: surest.confidence,
    openedAt: timeOf(first),
    closedAt: closed === undefined ? null : timeOf(closed),
    summary: summaryOf(opened, surest, entry),
    measured: detected.length > 0 ? [...detected] : [measuredText(opened)],
    named: named.slice(0, 64),
    answered: entry.records.flatMap(told).slice(0, 64),
  };
}

type Named = Pick<AuditBody<'incident.opened'>, 'family' | 'confidence' | 'reasons'>;

const surerOf = (best: Named, event: AuditEvent): Named =>
  event.kind === 'incident.updated' && event.body.confidence > best.confidence ? event.body : best;

const timeOf = ({ atMs }: JournalRecord): string => new Date(atMs).toISOString();

function measuredText({ target, evidence }: AuditBody<'incident.opened'>): string {
  const { metric, value, threshold } = evidence;
  return `${target} received ${rateText(metric, value)}${metricText(metric)}; the limit is ${rateText(metric, threshold)}`;
}

function summaryOf(
  { target, evidence }: AuditBody<'incident.opened'>,
  { family, confidence }: Named,
  { records }: JournalEntry,
): string {
  const of = (kind: AuditEvent['kind']): number => records.filter(({ event }) => event.kind === kind).length;
  const rules = of('action.intent');
  const refused = of('action.refused');
  const done =
    rules > 0
      ? `${rules} ${rules === 1 ? 'rule' : 'rules'} asked for`
      : refused > 0
        ? 'every action was refused'
        : 'nothing was done';
  return `${family} on ${target} (confidence ${percentText(confidence)}), ${rateText(evidence.metric, evidence.value)}${metricText(evidence.metric)}; ${done}`;
}

function told(record: JournalRecord): Told[] {
  const text = textOf(record.event);
  return text === null ? [] : [{ at: timeOf(record), text: text.slice(0, 1200) }];
}

/** What a record means to the person who asks why. */
function textOf(event: AuditEvent): string | null {
  switch (event.kind) {
    case 'incident.updated':
      return `seen as ${event.body.family} with confidence ${percentText(event.body.confidence)}`;
    case 'incident.closed':
      return `closed: ${closings[event.body.reason]}; ${event.body.droppedPackets} packets were dropped`;
    case 'action.intent':
      return intentText(event.body);
    case 'action.receipt':
      return receiptText(event.body);
    case 'action.refused':
      return `refused by the rail "${event.body.rail}": ${event.body.reason}`;
    case 'action.failed':
      return `${event.body.mitigation} failed in ${event.body.backend} (${event.body.code}): ${event.body.reason}`;
    case 'action.removed':
      return `${event.body.mitigation} was removed (${event.body.reason}) after ${event.body.packets} packets`;
    case 'action.ceiling':
      return `the ceiling of threshold "${event.body.threshold}" ${event.body.mode === 'enforce' ? 'held back' : 'would have held back'} ${event.body.packets} packets`;
    case 'capture.saved':
      return `the packets from before and during the attack were saved`;
    case 'notification.sent':
      return `${event.body.channel} was told (${event.body.occasion}) after ${event.body.afterMs} ms`;
    case 'notification.failed':
      return `${event.body.channel} could not be told (${event.body.occasion}): ${event.body.reason}`;
    default:
      return null;
  }
}

const closings: Readonly<Record<AuditBody<'incident.closed'>['reason'], string>> = {
  quiet: 'the target stayed quiet for as long as its playbook says',
  released: 'a person released it',
  stopped: 'stop-all was ordered',
  policy: 'the policy no longer covers it',
  expired: 'its time was over',
};

function intentText({
  mitigation,
  action,
  backend,
  mode,
  match,
  ttlMs,
  reasons,
  collateral,
}: AuditBody<'action.intent'>): string {
  const what = mode === 'enforce' ? action : `${action}, counting only`;
  const hit =
    collateral === undefined
      ? ''
      : `; of ${collateral.samples} packets from before it would have hit ${percentText(collateral.share)} in the worst class`;
  const why = reasons[0] === undefined ? '' : `; ${reasons[0]}`;
  return `${mitigation}: ${what} in ${backend} for ${Math.round(ttlMs / 1000)} s: ${matchText(match)}${hit}${why}`;
}

function receiptText({ mitigation, level, packets }: AuditBody<'action.receipt'>): string {
  if (level === 'effective')
    return `${mitigation} takes effect: the matching traffic fell, ${packets} packets hit`;
  if (level === 'installed')
    return `${mitigation} was read back from the kernel, ${packets} packets hit so far`;
  return `${mitigation} is ${level}`;
}
