/** The files of the spool: `NNNNNNNNNNNN.jsonl` by first sequence number, and `acknowledged.json`. */
import { existsSync, readFileSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, TidegateError } from '@tidegate/schemas';
import type { Log } from '../ports.ts';

export interface Segment {
  readonly path: string;
  readonly firstSeq: number;
  lastSeq: number;
  bytes: number;
  /** Hash of the last record; before the first one, of the last record of the segment before. */
  head: string | null;
}

/** How far receipts reach. */
export interface Acknowledged {
  readonly seq: number;
  readonly head: string | null;
  readonly checkpoint: string | null;
}

export const segmentName = (firstSeq: number): string => `${String(firstSeq).padStart(12, '0')}.jsonl`;

export function loadAcknowledged(directory: string): Acknowledged {
  const path = join(directory, 'acknowledged.json');
  if (!existsSync(path)) return { seq: 0, head: null, checkpoint: null };
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Acknowledged;
  } catch (error) {
    throw new TidegateError(
      'TG4002',
      `${path} is damaged; restore it from a back-up, or move the spool folder away to begin a new chain`,
      { cause: error },
    );
  }
}

/** Resolves once it is fsynced: only then may what it covers be removed. */
export async function saveAcknowledged(directory: string, acknowledged: Acknowledged): Promise<void> {
  const path = join(directory, 'acknowledged.json');
  const file = await open(`${path}.tmp`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(acknowledged));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
}

/** Reads what an earlier process left. A half-written last line is cut off; a broken chain stops the start. */
export function loadSegments(directory: string, acknowledged: Acknowledged, log: Log): Segment[] {
  const names = readdirSync(directory)
    .filter((name) => /^\d{12}\.jsonl$/.test(name))
    .sort();
  const segments: Segment[] = [];
  let head = acknowledged.head;
  let seq = acknowledged.seq;
  for (const [index, name] of names.entries()) {
    const path = join(directory, name);
    const firstSeq = Number(name.slice(0, 12));
    const lines = completeLines(path, index === names.length - 1, log);
    const lastSeq = firstSeq + lines.length - 1;
    if (lines.length === 0 || lastSeq <= acknowledged.seq) {
      rmSync(path, { force: true });
      continue;
    }
    const segment: Segment = { path, firstSeq, lastSeq, bytes: 0, head };
    for (const [offset, line] of lines.entries()) {
      segment.bytes += Buffer.byteLength(line) + 1;
      if (firstSeq + offset <= acknowledged.seq) continue;
      checkLink(path, offset + 1, line, { seq: seq + 1, prev: head });
      head = digestOf(line);
      seq += 1;
    }
    segment.head = head;
    segments.push(segment);
  }
  return segments;
}

function completeLines(path: string, isLast: boolean, log: Log): string[] {
  const text = readFileSync(path, 'utf8');
  const end = text.lastIndexOf('\n') + 1;
  if (end !== text.length) {
    if (!isLast)
      throw new TidegateError('TG4002', `${path} ends in the middle of a record, and later files exist`);
    log.warn('the last audit record was half written and is cut off', { path });
    truncateSync(path, Buffer.byteLength(text.slice(0, end)));
  }
  return text.slice(0, end).split('\n').slice(0, -1);
}

function checkLink(
  path: string,
  line: number,
  text: string,
  expected: { seq: number; prev: string | null },
): void {
  const record = JSON.parse(text) as { seq?: unknown; prev?: unknown };
  if (record.seq === expected.seq && record.prev === expected.prev) return;
  throw new TidegateError(
    'TG4002',
    `${path}:${String(line)}: the chain of audit records is broken before record ${String(expected.seq)}; move the spool folder away to begin a new chain`,
  );
}

/** Records `from` to `until` of one segment, as the bytes that were hashed. */
export async function readRecords(segment: Segment, from: number, until: number): Promise<string[]> {
  const lines = (await readFile(segment.path, 'utf8')).split('\n');
  return lines.slice(from - segment.firstSeq, until - segment.firstSeq + 1);
}
