import {
  formatCheckpoint,
  signNote,
  TidegateError,
  toBase64,
  type AuditBatch,
  type AuditReceipt,
  type Trust,
} from '@tidegate/schemas';
import { noteKeysOf, type SigningKey } from '../keys/index.ts';
import { reasonOf, type Clock, type Log } from '../ports.ts';
import type { CheckedBatch } from './batch.ts';
import { checkpointPath, forkPath } from './layout.ts';
import type { Ledger } from './ledger.ts';
import { checkContinues, loadLog, openCheckpoint, type LoadedLog } from './load.ts';
import { placeBatch, type Placement } from './placement.ts';
import type { AuditRepository } from './repository.ts';
import { StagedCommit } from './staged.ts';
import type { WitnessFile } from './witness.ts';

export interface LogWriterOptions {
  readonly repository: AuditRepository;
  readonly trust: Pick<Trust, 'origin' | 'log'>;
  readonly key: SigningKey;
  readonly witness: WitnessFile;
  readonly clock: Clock;
  readonly log: Log;
}

const forksPerAgentMax = 16;

/** What is in the log, what is about to be, and the step from one to the other. Not reentrant: one call at a time. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #state: LoadedLog;
  #staged = new StagedCommit();

  private constructor(options: LogWriterOptions, state: LoadedLog) {
    this.#options = options;
    this.#state = state;
  }

  /** Reads the log from git. Throws TG4006 when it is not what was written before. */
  static async open(options: LogWriterOptions): Promise<LogWriter> {
    const { repository, trust, witness } = options;
    const state = await loadLog(repository, trust);
    const seen = await witness.read();
    if (seen !== null) checkContinues(state.ledger, openCheckpoint(seen, trust.origin, noteKeysOf(trust)));
    return new LogWriter(options, state);
  }

  /** Records in the log, those that are staged included. */
  get ledger(): Ledger {
    return this.#state.ledger;
  }

  /** Records that are committed. */
  get size(): number {
    return this.ledger.size - this.#staged.recordCount;
  }

  get tip(): string | null {
    return this.#state.tip;
  }

  /** Places a batch and stages what is new of it. `keeps` says that its fork will be kept for the first time. */
  stage(checked: CheckedBatch): { placement: Placement; keeps: boolean } {
    const placement = placeBatch(this.ledger, checked);
    if (placement.kind === 'new') this.#staged.addRecords(this.ledger, checked, placement.from);
    const keeps = placement.kind === 'fork' && this.#isNewFork(checked.batch);
    if (keeps) this.#staged.addFork(checked.batch);
    return { placement, keeps };
  }

  /** Commits what is staged. Throws TipMoved or TG4008; the same files are then tried again by the next call. */
  async commit(): Promise<void> {
    const staged = this.#staged;
    if (staged.isEmpty) return;
    const { repository, trust, key, clock, log } = this.#options;
    const { ledger, tip, forks } = this.#state;
    const atMs = clock();
    const body = formatCheckpoint({ origin: trust.origin, size: ledger.size, root: ledger.tree.root() });
    const checkpoint = signNote(body, trust.origin, key.publicKey, (message) => key.sign(message));
    const files = staged.files(atMs).set(checkpointPath, checkpoint);
    const commit = await repository.commit({ parent: tip, files, message: staged.message(), atMs });
    this.#state = { ledger, tip: commit, checkpoint, forks: new Set([...forks, ...staged.forkPaths]) };
    this.#staged = new StagedCommit();
    log.debug({ commit, size: ledger.size }, 'audit committed');
    try {
      await this.#options.witness.write(checkpoint);
    } catch (error) {
      // The log itself is safe; only the check at the next start goes back to an older checkpoint.
      log.error({ reason: reasonOf(error) }, 'the last checkpoint could not be kept in stateDir');
    }
  }

  /** Reads the log anew after its tip moved; throws TG4006 where it does not go on from ours. */
  async reload(): Promise<void> {
    const { repository, trust, log } = this.#options;
    const before = this.#state.tip;
    log.warn({ tip: before }, 'the audit branch was moved by someone else; reading it again');
    const after = await loadLog(repository, trust);
    if (before !== null && (after.tip === null || !(await repository.descends(after.tip, before)))) {
      throw new TidegateError('TG4006', `the audit branch no longer goes on from commit ${before}`);
    }
    this.#state = after;
    this.#staged = new StagedCommit();
  }

  /** The receipt of a batch whose records are all committed. */
  receipt({ agent, firstSeq, lastSeq }: AuditBatch): AuditReceipt {
    const { ledger, tip, checkpoint } = this.#state;
    if (tip === null || checkpoint === null)
      throw new TidegateError('TG3009', 'there is no commit to give a receipt for');
    const proofs = [];
    for (let seq = firstSeq; seq <= lastSeq; seq++) {
      const { index } = ledger.place(agent, seq)!;
      proofs.push({ seq, index, path: ledger.tree.inclusionProof(index).map(toBase64) });
    }
    return { schema: 'tidegate/receipt/v1', agent, firstSeq, lastSeq, commit: tip, checkpoint, proofs };
  }

  /** An agent that keeps sending must not fill the repository: the same batch is kept once, and only so many. */
  #isNewFork(batch: AuditBatch): boolean {
    const kept = [...this.#state.forks, ...this.#staged.forkPaths];
    const ofAgent = kept.filter((path) => path.startsWith(`forks/${batch.agent}/`));
    return ofAgent.length < forksPerAgentMax && !ofAgent.includes(forkPath(batch));
  }
}
