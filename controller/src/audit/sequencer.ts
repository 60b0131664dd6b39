import { TidegateError, type AuditBatch, type AuditReceipt } from '@tidegate/schemas';
import { reasonOf, type Log } from '../ports.ts';
import type { CheckedBatch } from './batch.ts';
import type { LogWriter } from './log-writer.ts';
import type { Placement } from './placement.ts';
import { TipMoved } from './repository.ts';

export type Fork = Extract<Placement, { kind: 'fork' }>;

export interface SequencerOptions {
  readonly writer: LogWriter;
  /** Longest time that records wait for company, ms. */
  readonly flushMs: number;
  readonly log: Log;
  /** Called once for every batch that contradicts the log, after it was kept. */
  readonly onFork: (batch: AuditBatch, fork: Fork) => void;
}

interface Waiting {
  readonly checked: CheckedBatch;
  readonly resolve: (receipt: AuditReceipt) => void;
  readonly reject: (error: Error) => void;
}

/** A flush begins at once when this many records wait. */
const recordsBeforeFlushMax = 500;
const recordsPerCommitMax = 10_000;
const waitingCharactersMax = 64 * 1024 * 1024;
const attemptsMax = 32;

/**
 * The one who decides the order of the log. Batches that come in together share a commit; a receipt is given when the
 * commit is in the repository. Batches of one agent keep their order.
 *
 * A failed write rejects who waits (TG4008: they come again). A tip that moved is read anew and gives new indexes. A
 * log that is not what we signed halts everything (TG4006) until a person has looked.
 */
export class Sequencer {
  readonly #options: SequencerOptions;
  #queue: Waiting[] = [];
  #queuedRecords = 0;
  #queuedCharacters = 0;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #halted: TidegateError | null = null;
  #flushMs: number;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#flushMs = options.flushMs;
  }

  /** Why nothing is written any more, or null. */
  get halted(): TidegateError | null {
    return this.#halted;
  }

  /** Resolves with the receipt; rejects with TG4004 (gap), TG4005 (fork), TG4006 (halted) or TG4008 (try again). */
  async submit(checked: CheckedBatch): Promise<AuditReceipt> {
    if (this.#halted !== null) throw this.#halted;
    if (this.#queuedCharacters > waitingCharactersMax) {
      throw new TidegateError('TG4008', `${this.#queuedRecords} records wait to be written already`);
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ checked, resolve, reject });
      this.#queuedRecords += checked.records.length;
      this.#queuedCharacters += charactersOf(checked);
      if (this.#queuedRecords >= recordsBeforeFlushMax) void this.flush();
      else this.#timer ??= setTimeout(() => void this.flush(), this.#flushMs);
    });
  }

  /** Writes everything that waits; resolves when all of it has been answered. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#running === null && this.#queue.length > 0) this.#running = this.#drain();
    return this.#running ?? Promise.resolve();
  }

  /** From now on nothing waits for company: the controller is stopping. */
  async hurry(): Promise<void> {
    this.#flushMs = 0;
    await this.flush();
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const taken = this.#take();
      try {
        await this.#write(taken);
      } catch (error) {
        this.#fail(taken, error);
      }
    }
    // In the same turn in which the queue was found empty, or what comes in between would wait for nobody.
    this.#running = null;
  }

  /** Whole batches from the front of the queue: at least one, and no more than a commit should hold. */
  #take(): Waiting[] {
    let records = 0;
    const tooMany = this.#queue.findIndex(({ checked }, index) => {
      records += checked.records.length;
      return index > 0 && records > recordsPerCommitMax;
    });
    const taken = this.#queue.splice(0, tooMany < 0 ? this.#queue.length : tooMany);
    for (const { checked } of taken) {
      this.#queuedRecords -= checked.records.length;
      this.#queuedCharacters -= charactersOf(checked);
    }
    return taken;
  }

  async #write(taken: readonly Waiting[]): Promise<void> {
    if (this.#halted !== null) throw this.#halted;
    const { writer } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        // What an earlier attempt staged is in the ledger already: it goes first, or nothing may be answered.
        await writer.commit();
        const staged = taken.map(({ checked }) => writer.stage(checked));
        await writer.commit();
        for (const [index, waiting] of taken.entries()) this.#answer(waiting, staged[index]!);
        return;
      } catch (error) {
        if (!(error instanceof TipMoved) || attempt === attemptsMax) throw error;
        await writer.reload();
      }
    }
  }

  #answer(
    { checked, resolve, reject }: Waiting,
    { placement, keeps }: { placement: Placement; keeps: boolean },
  ): void {
    const { agent, firstSeq } = checked.batch;
    switch (placement.kind) {
      case 'new':
      case 'known':
        resolve(this.#options.writer.receipt(checked.batch));
        return;
      case 'gap':
        reject(
          new TidegateError(
            'TG4004',
            `expected seq ${placement.expectedSeq} of ${agent}; the batch begins at ${firstSeq}`,
          ),
        );
        return;
      case 'fork': {
        const { seq, offered, logged } = placement;
        const message = `seq ${seq} of ${agent} is ${offered} and goes on from another record than the log holds (${logged ?? 'none'})`;
        if (keeps) this.#options.onFork(checked.batch, placement);
        reject(new TidegateError('TG4005', message));
      }
    }
  }

  #fail(taken: readonly Waiting[], error: unknown): void {
    const failure =
      error instanceof TidegateError
        ? error
        : new TidegateError('TG4008', `the audit log could not be written: ${reasonOf(error)}`, {
            cause: error,
          });
    if (failure.code === 'TG4006') this.#halted = failure;
    this.#options.log.error(
      { code: failure.code, reason: failure.message },
      'audit records were not committed',
    );
    for (const { reject } of taken) reject(failure);
  }
}

const charactersOf = ({ records }: CheckedBatch): number =>
  records.reduce((sum, { text }) => sum + text.length, 0);
