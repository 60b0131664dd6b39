/**
 * The audit log in git: batches of agents go in, receipts with inclusion proofs come out.
 *
 * Promises: a receipt is given only for what is in a commit; a record is in the log exactly once, also after a crash
 * or a second upload; what is in the log is never changed or removed by us; the log is rebuilt and checked from git
 * alone at every start, and we stop rather than write on top of a log that is not what we signed.
 */
export { checkBatch } from './batch.ts';
export { OwnRecords } from './own-records.ts';
export { AuditRepository } from './repository.ts';
export { LogWriter } from './log-writer.ts';
export { Sequencer } from './sequencer.ts';
export { WitnessFile } from './witness.ts';
export { controllerName } from './layout.ts';
