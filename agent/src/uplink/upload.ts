/** Audit batches and their receipts: the spool is freed only by a receipt that proves itself. */
import {
  batchSigningText,
  check,
  fromBase64,
  leafHash,
  openNote,
  parseCheckpoint,
  utf8,
  verifyInclusion,
} from '@tidegate/schemas';
import type { AuditBatch, AuditReceipt, Checkpoint, Trust } from '@tidegate/schemas';
import type { PendingRecords } from '../audit/spool.ts';
import { verifyEd25519 } from '../policy/verify.ts';
import type { Identity } from '../state/identity.ts';

/** Most records in one batch; also what one receipt can prove. */
export const batchRecordsMax = 500;

export function signBatch(agent: string, identity: Identity, pending: PendingRecords): AuditBatch {
  const { firstSeq, lastSeq, head } = pending;
  return {
    schema: 'tidegate/audit-batch/v1',
    agent,
    firstSeq,
    lastSeq,
    head,
    keyId: identity.keyId,
    signature: identity.sign(batchSigningText({ agent, firstSeq, lastSeq, head })),
    records: [...pending.records],
  };
}

/**
 * Checks a receipt against the records that were sent: the checkpoint is signed by a pinned log key, and every record
 * is in its tree. Throws with what is wrong.
 */
export function verifyReceipt(answer: unknown, pending: PendingRecords, trust: Trust): AuditReceipt {
  const checked = check('receipt', answer);
  if (!checked.ok) {
    const [problem] = checked.problems;
    throw new Error(`the receipt does not fit its schema: ${problem.path} ${problem.message}`);
  }
  const receipt = checked.value;
  if (receipt.firstSeq !== pending.firstSeq || receipt.lastSeq !== pending.lastSeq) {
    throw new Error('the receipt is for other records');
  }
  const checkpoint = openCheckpoint(receipt.checkpoint, trust);
  for (const [offset, record] of pending.records.entries()) {
    const seq = pending.firstSeq + offset;
    const proof = receipt.proofs[offset];
    if (proof?.seq !== seq || !isIncluded(record, proof, checkpoint)) {
      throw new Error(`record ${String(seq)} is not proved to be in the log`);
    }
  }
  return receipt;
}

function openCheckpoint(note: string, trust: Trust): Checkpoint {
  const keys = trust.log.map((key) => ({ name: trust.origin, publicKey: fromBase64(key.publicKey) }));
  const checkpoint = parseCheckpoint(openNote(note, keys, verifyEd25519).body);
  if (checkpoint.origin !== trust.origin)
    throw new Error(`the checkpoint is of another log, ${checkpoint.origin}`);
  return checkpoint;
}

function isIncluded(
  record: string,
  proof: AuditReceipt['proofs'][number],
  { size, root }: Checkpoint,
): boolean {
  const path = proof.path.map(fromBase64);
  return verifyInclusion({ leafHash: leafHash(utf8(record)), index: proof.index, size, path, root });
}
