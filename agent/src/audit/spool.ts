/**
 * The audit spool: records on disk until the controller has proved that they are in git.
 *
 * What it promises:
 * - `append` writes the record to the file before it returns (a killed process loses nothing) and waits for no fsync;
 *   fsync follows in the background, and only fsynced records are uploaded, so a power cut never makes a fork.
 * - Every record carries a sequence number without a gap and the hash of the record before.
 * - A full or unwritable disk never throws into the tick: the loss is counted, and an `audit.gap` record is the first
 *   thing written on recovery.
 * - Segments are freed only up to a verified receipt.
 */
import { fstatSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, digestOf } from '@tidegate/schemas';
import type { AuditEvent, AuditRecord } from '@tidegate/schemas';
import type { Clock, Log } from '../ports.ts';
import { Flusher } from './flusher.ts';
import { loadAcknowledged, loadSegments, readRecords, saveAcknowledged, segmentName } from './segments.ts';
import type { Acknowledged, Segment } from './segments.ts';

/** The policy in force, as each record names it. */
export type PolicyStamp = AuditRecord['policy'];

export interface SpoolOptions {
  /** Folder of the spool; made when it is missing. */
  readonly directory: string;
  readonly agent: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Most bytes kept without a receipt. @default 268435456 */
  readonly bytesMax?: number;
  /** A new file is begun after this many bytes. @default 1048576 */
  readonly segmentBytesMax?: number;
}

/** Records in order, with the hash that the last one ends on. */
export interface PendingRecords {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly head: string;
  readonly records: readonly string[];
}

interface Gap {
  lost: bigint;
  from: string;
  to: string;
  reason: string;
}

export class Spool {
  readonly #options: Required<SpoolOptions>;
  readonly #segments: Segment[];
  #acknowledged: Acknowledged;
  #lastSeq: number;
  /** Sequence number of the last record of the process before, 0 without one. */
  readonly inheritedSeq: number;
  #head: string | null;
  #durableSeq: number;
  #file: number | null = null;
  readonly #flusher = new Flusher();
  #gap: Gap | null = null;
  #policy: PolicyStamp = null;
  #durableWaiters: (() => void)[] = [];
  /** Called when there is something new to upload. */
  onDurable: () => void = () => undefined;

  constructor(options: SpoolOptions) {
    this.#options = { bytesMax: 268_435_456, segmentBytesMax: 1_048_576, ...options };
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    this.#acknowledged = loadAcknowledged(options.directory);
    this.#segments = loadSegments(options.directory, this.#acknowledged, options.log);
    const last = this.#segments.at(-1);
    this.#lastSeq = last?.lastSeq ?? this.#acknowledged.seq;
    this.#head = last === undefined ? this.#acknowledged.head : last.head;
    this.#durableSeq = this.#lastSeq;
    this.inheritedSeq = this.#lastSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Records without a receipt. */
  get pendingCount(): number {
    return this.#lastSeq - this.#acknowledged.seq;
  }

  /** The checkpoint of the last verified receipt, null before the first. */
  get checkpoint(): string | null {
    return this.#acknowledged.checkpoint;
  }

  /** Whether records are being lost right now. */
  get failing(): boolean {
    return this.#gap !== null;
  }

  setPolicy(policy: PolicyStamp): void {
    this.#policy = policy;
  }

  /** Writes one record. Never throws: a loss is counted and told later. */
  append(event: AuditEvent): void {
    const at = new Date(this.#options.clock.wallMs()).toISOString();
    try {
      if (this.#gap !== null) {
        const { lost, from, to, reason } = this.#gap;
        this.#write({ kind: 'audit.gap', body: { lost: lost.toString(), from, to, reason } }, at);
        this.#gap = null;
      }
      this.#write(event, at);
    } catch (error) {
      this.#lose(at, error instanceof Error ? error.message : String(error));
    }
    this.#sync();
  }

  #write(event: AuditEvent, at: string): void {
    const record = {
      schema: 'tidegate/audit/v1',
      agent: this.#options.agent,
      seq: this.#lastSeq + 1,
      prev: this.#head,
      at,
      policy: this.#policy,
      ...event,
    };
    const text = canonicalJson(record);
    const line = Buffer.from(`${text}\n`);
    if (this.#bytes() + line.length > this.#options.bytesMax) throw new Error('the spool is full');
    const segment = this.#openSegment(record.seq);
    writeWhole(this.#file, line, segment.bytes);
    segment.bytes += line.length;
    segment.lastSeq = record.seq;
    segment.head = digestOf(text);
    this.#lastSeq = record.seq;
    this.#head = segment.head;
  }

  #bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  #openSegment(seq: number): Segment {
    const current = this.#segments.at(-1);
    if (current !== undefined && current.bytes < this.#options.segmentBytesMax) {
      if (this.#file === null) this.#use(openSync(current.path, 'r+'));
      return current;
    }
    const path = join(this.#options.directory, segmentName(seq));
    this.#use(openSync(path, 'wx+', 0o600));
    const segment = { path, firstSeq: seq, lastSeq: seq - 1, bytes: 0, head: this.#head };
    this.#segments.push(segment);
    return segment;
  }

  #lose(at: string, reason: string): void {
    if (this.#gap === null) {
      this.#options.log.error('audit records are being lost', { reason });
      this.#gap = { lost: 0n, from: at, to: at, reason: reason.slice(0, 200) };
    }
    this.#gap.lost += 1n;
    this.#gap.to = at;
  }

  #use(file: number | null): void {
    this.#flusher.use(file);
    this.#file = file;
  }

  #sync(): void {
    if (this.#durableSeq >= this.#lastSeq) return;
    this.#flusher.flush(
      () => this.#lastSeq,
      (seq) => {
        this.#durableSeq = Math.max(this.#durableSeq, seq);
        if (this.#durableSeq >= this.#lastSeq) for (const wake of this.#durableWaiters.splice(0)) wake();
        this.onDurable();
      },
      (error) => {
        this.#options.log.error('fsync of the audit spool failed', { reason: error.message });
      },
    );
  }

  /** Resolves once everything appended so far is fsynced. */
  async durable(): Promise<void> {
    if (this.#durableSeq >= this.#lastSeq) return;
    await new Promise<void>((resolve) => {
      this.#durableWaiters.push(resolve);
      this.#sync();
    });
  }

  /** The next records without a receipt, fsynced ones only; null when there are none. */
  async pending(recordsMax: number): Promise<PendingRecords | null> {
    const from = this.#acknowledged.seq + 1;
    const segment = this.#segments.find((candidate) => candidate.lastSeq >= from);
    if (segment === undefined || this.#durableSeq < from) return null;
    const until = Math.min(segment.lastSeq, this.#durableSeq, from + recordsMax - 1);
    const records = await readRecords(segment, from, until);
    const last = records.at(-1);
    if (last === undefined) return null;
    return { firstSeq: from, lastSeq: from + records.length - 1, head: digestOf(last), records };
  }

  /**
   * Frees records up to `seq`; call it only after the receipt was verified, and one call after the other. The file in
   * use stays while it is small: making another one would be the first thing that the next attack waits for.
   */
  async acknowledge(seq: number, head: string, checkpoint: string): Promise<void> {
    if (seq <= this.#acknowledged.seq) return;
    const acknowledged = { seq, head, checkpoint };
    await saveAcknowledged(this.#options.directory, acknowledged);
    this.#acknowledged = acknowledged;
    for (
      let [oldest] = this.#segments;
      oldest !== undefined && this.#isDone(oldest);
      [oldest] = this.#segments
    ) {
      this.#segments.shift();
      if (this.#segments.length === 0) this.#use(null);
      await rm(oldest.path, { force: true });
    }
  }

  #isDone(segment: Segment): boolean {
    const { segmentBytesMax, bytesMax } = this.#options;
    const isInUse =
      segment === this.#segments.at(-1) && segment.bytes < Math.min(segmentBytesMax, bytesMax / 16);
    return segment.lastSeq <= this.#acknowledged.seq && !isInUse;
  }

  /** Waits for the fsync that is under way and lets go of the files. */
  async close(): Promise<void> {
    this.#file = null;
    await this.#flusher.close();
  }
}

/** Writes all of `line` at `position`, or nothing: a short write on a full disk is cut off again. */
function writeWhole(file: number | null, line: Buffer, position: number): void {
  if (file === null) throw new Error('the spool file is not open');
  let written = 0;
  try {
    while (written < line.length) {
      written += writeSync(file, line, written, line.length - written, position + written);
    }
  } catch (error) {
    if (fstatSync(file).size > position) ftruncateSync(file, position);
    throw error;
  }
}
