import type { CheckedBatch } from './batch.ts';
import type { Ledger } from './ledger.ts';

/** What a batch means to the log as it stands. */
export type Placement =
  /** Records from this offset on are new; those before are in the log already. */
  | { readonly kind: 'new'; readonly from: number }
  /** Every record is in the log already. */
  | { readonly kind: 'known' }
  /** Records are missing in between. */
  | { readonly kind: 'gap'; readonly expectedSeq: number }
  /** The log holds, or expects, another history. */
  | { readonly kind: 'fork'; readonly seq: number; readonly logged: string | null; readonly offered: string };

/** Compares a batch with what the log holds of its agent. */
export function placeBatch(ledger: Ledger, { batch, records }: CheckedBatch): Placement {
  const { agent, firstSeq } = batch;
  const lastSeq = ledger.lastSeq(agent);
  if (firstSeq > lastSeq + 1) return { kind: 'gap', expectedSeq: lastSeq + 1 };
  for (const [offset, record] of records.entries()) {
    const seq = firstSeq + offset;
    const logged = ledger.place(agent, seq);
    if (logged !== null && logged.hash !== record.hash) {
      return { kind: 'fork', seq, logged: logged.hash, offered: record.hash };
    }
    if (logged !== null) continue;
    // The first new record says what its agent holds for the last logged one.
    if (record.value.prev !== ledger.head(agent)) {
      return { kind: 'fork', seq, logged: ledger.head(agent), offered: record.hash };
    }
    return { kind: 'new', from: offset };
  }
  return { kind: 'known' };
}
