import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import {
  batchSigningText,
  canonicalJson,
  digestOf,
  TidegateError,
  type AuditBatch,
  type AuditEvent,
} from '@tidegate/schemas';
import type { SigningKey } from '../keys/index.ts';
import { reasonOf, timestampOf, type Clock, type Log } from '../ports.ts';
import { readIfThere, SerialQueue, writeAtomically } from '../state/index.ts';
import { checkBatch, parseRecord } from './batch.ts';
import { controllerName } from './layout.ts';
import type { Ledger } from './ledger.ts';
import type { Sequencer } from './sequencer.ts';

export interface OwnRecordsOptions {
  readonly stateDir: string;
  readonly key: SigningKey;
  readonly sequencer: Sequencer;
  /** The log as it is at the start. */
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
}

interface Pending {
  readonly text: string;
  readonly hash: string;
  readonly seq: number;
}

const batchRecordsMax = 500;
const retryMs = 1000;

/**
 * The controller's own records: a chain of their own under the name `controller`, signed with the log key.
 *
 * A record is on the disk (`stateDir/own-records.jsonl`) when `record` resolves, and in the log soon after; what a
 * crash leaves in the file is brought into the log by the next start.
 */
export class OwnRecords {
  readonly #options: OwnRecordsOptions;
  readonly #file: FileHandle;
  readonly #writes = new SerialQueue();
  #pending: Pending[] = [];
  #last: { seq: number; hash: string | null };
  #pump: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  /** Why the last attempt failed: said once, not every second. */
  #failure: string | null = null;

  private constructor(options: OwnRecordsOptions, file: FileHandle, pending: Pending[]) {
    this.#options = options;
    this.#file = file;
    this.#pending = pending;
    const { ledger } = options;
    this.#last = pending.at(-1) ?? { seq: ledger.lastSeq(controllerName), hash: ledger.head(controllerName) };
  }

  /** Opens the spool and takes up what did not reach the log before. Throws TG3011. */
  static async open(options: OwnRecordsOptions): Promise<OwnRecords> {
    const path = join(options.stateDir, 'own-records.jsonl');
    const pending = leftOver((await readIfThere(path)) ?? '', options.ledger);
    await writeAtomically(path, pending.map(({ text }) => `${text}\n`).join(''));
    const own = new OwnRecords(options, await open(path, 'a'), pending);
    own.#send();
    return own;
  }

  /** Keeps a record; when this resolves it survives a crash. Throws TG3011. */
  record(event: AuditEvent): Promise<void> {
    return this.#writes.run(async () => {
      await this.#append(event, timestampOf(this.#options.clock()));
      this.#send();
    });
  }

  /** Tries once more to bring everything into the log, and ends. */
  async close(): Promise<void> {
    await this.#writes.run(async () => undefined);
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#send();
    const { sequencer } = this.#options;
    while (this.#pump !== null) {
      await sequencer.flush();
      await this.#pump;
    }
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#file.close();
  }

  async #append(event: AuditEvent, at: string): Promise<void> {
    const next = numbered(event, at, this.#last);
    try {
      await this.#file.appendFile(`${next.text}\n`);
      await this.#file.datasync();
    } catch (cause) {
      throw new TidegateError('TG3011', `own-records.jsonl cannot be written: ${reasonOf(cause)}`, { cause });
    }
    this.#pending.push(next);
    this.#last = next;
  }

  #send(): void {
    if (this.#pump !== null || this.#pending.length === 0) return;
    this.#pump = this.#sendBatch().finally(() => (this.#pump = null));
    void this.#pump.then(() => {
      if (this.#retry === null) this.#send();
    });
  }

  async #sendBatch(): Promise<void> {
    const { sequencer, key, log } = this.#options;
    const sent = this.#pending.slice(0, batchRecordsMax);
    try {
      await sequencer.submit(checkBatch(signBatch(sent, key), key.publicKey));
      await this.#writes.run(async () => {
        this.#pending = this.#pending.slice(sent.length);
        if (this.#pending.length === 0) await this.#file.truncate(0);
      });
      this.#failure = null;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== this.#failure) log.error({ reason }, 'own audit records wait to be committed');
      this.#failure = reason;
      this.#retry = setTimeout(() => {
        this.#retry = null;
        this.#send();
      }, retryMs);
    }
  }
}

function signBatch(records: readonly Pending[], key: SigningKey): AuditBatch {
  const [first, last] = [records[0]!, records.at(-1)!];
  const span = { agent: controllerName, firstSeq: first.seq, lastSeq: last.seq, head: last.hash };
  return {
    schema: 'tidegate/audit-batch/v1',
    ...span,
    keyId: key.id,
    signature: key.signText(batchSigningText(span)),
    records: records.map(({ text }) => text),
  };
}

/** The next record of the chain. */
function numbered(
  { kind, body }: AuditEvent,
  at: string,
  last: { seq: number; hash: string | null },
): Pending {
  const seq = last.seq + 1;
  const head = {
    schema: 'tidegate/audit/v1',
    agent: controllerName,
    seq,
    prev: last.hash,
    at,
    policy: null,
  } as const;
  const text = canonicalJson({ ...head, kind, body });
  return { text, hash: digestOf(text), seq };
}

/**
 * The records of the spool that are not in the log. They get new numbers there: they were never signed, and the log
 * may have gone on. A last line that was cut short was never acknowledged.
 */
function leftOver(spool: string, ledger: Ledger): Pending[] {
  const pending: Pending[] = [];
  let last = { seq: ledger.lastSeq(controllerName), hash: ledger.head(controllerName) };
  for (const text of spool.split('\n').slice(0, -1)) {
    const record = parseRecord(text, 'own-records.jsonl');
    if (ledger.place(controllerName, record.seq)?.hash === digestOf(text)) continue;
    last = numbered({ kind: record.kind, body: record.body } as AuditEvent, record.at, last);
    pending.push(last as Pending);
  }
  return pending;
}
