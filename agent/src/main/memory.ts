/**
 * What the next start must know of this one: the engine's state, and the audit records that go with it.
 *
 * State and records are two files, and the agent may be killed between the one and the other. So the state is written
 * first, together with the records that are about to be; the next start adds those of them that are missing. No
 * record is lost, and none is written twice.
 */
import type { AuditEvent } from '@tidegate/schemas';
import type { Log } from '../ports.ts';
import { SlotFile } from '../state/slot-file.ts';

export interface AuditChain {
  append(event: AuditEvent): void;
  /** Sequence number of the last record. */
  readonly lastSeq: number;
  /** Sequence number of the last record of the process before. */
  readonly inheritedSeq: number;
}

interface Memory {
  readonly state: unknown;
  /** Sequence number of the last record before `records`. */
  readonly after: number;
  readonly records: readonly AuditEvent[];
}

export class EngineMemory {
  readonly #file: SlotFile;
  readonly #audit: AuditChain;
  readonly #log: Log;
  #isForgetful = false;

  constructor(path: string, audit: AuditChain, log: Log) {
    this.#file = new SlotFile(path);
    this.#audit = audit;
    this.#log = log;
  }

  /** What cannot be written is lost to the next start, which then removes the rules; it is no reason not to act. */
  remember(state: unknown, records: readonly AuditEvent[]): void {
    const memory: Memory = { state, after: this.#audit.lastSeq, records };
    try {
      this.#file.write(memory);
      this.#isForgetful = false;
    } catch (error) {
      if (!this.#isForgetful)
        this.#log.error('the state of the engine cannot be kept', { reason: String(error) });
      this.#isForgetful = true;
    }
  }

  /** The state that the process before left, undefined without one; completes its audit records. */
  recollect(): unknown {
    const memory = this.#file.read();
    if (!isMemory(memory)) return undefined;
    const written = this.#audit.inheritedSeq - memory.after;
    const missing = written < 0 ? [] : memory.records.slice(written);
    for (const record of missing) this.#audit.append(record);
    if (missing.length > 0) this.remember(memory.state, []);
    return memory.state;
  }

  close(): void {
    this.#file.close();
  }
}

const isMemory = (value: unknown): value is Memory =>
  typeof value === 'object' && value !== null && 'state' in value && 'after' in value && 'records' in value;
