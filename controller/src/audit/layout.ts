/** Where things are in the audit repository, and what a line of a signature file holds. */
import { canonicalJson, TidegateError, type AuditBatch } from '@tidegate/schemas';

/** The controller's own records are under this name; no node may enrol with it. */
export const controllerName = 'controller';
export const checkpointPath = 'checkpoint';
export const readmePath = 'README.md';
export const auditBranch = 'refs/heads/main';

/** Most records in one segment file. */
export const segmentRecordsMax = 500;

/** A line of `log/…/INDEX.sigs.jsonl`: what the agent signed, and where in the log it starts. */
export interface BatchSignature extends Pick<
  AuditBatch,
  'agent' | 'firstSeq' | 'lastSeq' | 'head' | 'keyId' | 'signature'
> {
  /**
   * Global index of the first record that this batch brought. It is the record `firstSeq`, or a later one where the
   * agent sent records again that were in the log already.
   */
  readonly firstIndex: number;
}

const indexDigits = 12;

/** `log/YYYY/MM/DD/INDEX`: the day of the commit, UTC, and the global index of the first record. */
export function segmentBase(firstIndex: number, atMs: number): string {
  const day = new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `log/${day}/${String(firstIndex).padStart(indexDigits, '0')}`;
}

export interface SegmentPath {
  readonly firstIndex: number;
  readonly holds: 'records' | 'signatures';
}

/** What a path below `log/` is, or null where it is nothing of ours. */
export function parseSegmentPath(path: string): SegmentPath | null {
  const [, digits, signatures] = /^log\/\d{4}\/\d{2}\/\d{2}\/(\d{12})(\.sigs)?\.jsonl$/.exec(path) ?? [];
  if (digits === undefined) return null;
  return { firstIndex: Number(digits), holds: signatures === undefined ? 'records' : 'signatures' };
}

/** Where both histories are kept when an agent offers another one than the log holds. */
export const forkPath = ({
  agent,
  firstSeq,
  head,
}: Pick<AuditBatch, 'agent' | 'firstSeq' | 'head'>): string =>
  `forks/${agent}/${String(firstSeq).padStart(indexDigits, '0')}-${head.slice('sha256:'.length, 23)}.json`;

export const formatBatchSignature = (signature: BatchSignature): string => canonicalJson(signature);

/** Reads a line of a signature file; anything but the canonical form is an error TG4001. */
export function parseBatchSignature(line: string): BatchSignature {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new TidegateError('TG4001', 'the line is not JSON', { cause });
  }
  if (!isBatchSignature(value) || formatBatchSignature(value) !== line) {
    throw new TidegateError('TG4001', 'the line is not a batch signature in canonical form');
  }
  return value;
}

const texts = ['agent', 'head', 'keyId', 'signature'];
const counts = ['firstIndex', 'firstSeq', 'lastSeq'];

function isBatchSignature(value: unknown): value is BatchSignature {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return (
    fields.size === texts.length + counts.length &&
    texts.every((name) => typeof fields.get(name) === 'string') &&
    counts.every((name) => Number.isSafeInteger(fields.get(name)))
  );
}
