import { canonicalJson, type AuditBatch, type AuditRecord } from '@tidegate/schemas';
import type { CheckedBatch } from './batch.ts';
import type { Ledger } from './ledger.ts';
import { commitMessage } from './summary.ts';
import {
  forkPath,
  formatBatchSignature,
  segmentBase,
  segmentRecordsMax,
  type BatchSignature,
} from './layout.ts';

interface Segment {
  readonly firstIndex: number;
  readonly records: string[];
  readonly signatures: BatchSignature[];
}

/**
 * What the next commit will hold. Its records are in the ledger already, so this is committed before anything else:
 * after a failed attempt the very same files are tried again.
 */
export class StagedCommit {
  readonly #segments: Segment[] = [];
  readonly #records: AuditRecord[] = [];
  readonly #forks = new Map<string, AuditBatch>();

  get isEmpty(): boolean {
    return this.#records.length === 0 && this.#forks.size === 0;
  }

  get recordCount(): number {
    return this.#records.length;
  }

  get forkPaths(): string[] {
    return [...this.#forks.keys()];
  }

  /** Takes the records of a batch from an offset on, appending them to the ledger. */
  addRecords(ledger: Ledger, { batch, records }: CheckedBatch, from: number): void {
    const fresh = records.slice(from);
    const segment = this.#segmentFor(ledger.size, fresh.length);
    const { agent, firstSeq, lastSeq, head, keyId, signature } = batch;
    segment.signatures.push({ agent, firstSeq, lastSeq, head, keyId, signature, firstIndex: ledger.size });
    for (const { text, hash, value } of fresh) {
      ledger.append({ agent, seq: value.seq, prev: value.prev, text, hash });
      segment.records.push(text);
      this.#records.push(value);
    }
  }

  /** Keeps a batch that contradicts the log, whole and signed as it came, beside the log. */
  addFork(batch: AuditBatch): void {
    this.#forks.set(forkPath(batch), batch);
  }

  /** The files of the commit without its checkpoint, by path. */
  files(atMs: number): Map<string, string> {
    const files = new Map<string, string>();
    for (const { firstIndex, records, signatures } of this.#segments) {
      const base = segmentBase(firstIndex, atMs);
      files.set(`${base}.jsonl`, lines(records));
      files.set(`${base}.sigs.jsonl`, lines(signatures.map(formatBatchSignature)));
    }
    for (const [path, batch] of this.#forks) files.set(path, lines([canonicalJson(batch)]));
    return files;
  }

  message(): string {
    return commitMessage(
      this.#records,
      [...this.#forks.values()].map(({ agent }) => agent),
    );
  }

  /** A batch is never cut in two, so that a signature file speaks only of its own segment. */
  #segmentFor(firstIndex: number, count: number): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.records.length + count <= segmentRecordsMax) return last;
    const segment: Segment = { firstIndex, records: [], signatures: [] };
    this.#segments.push(segment);
    return segment;
  }
}

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');
