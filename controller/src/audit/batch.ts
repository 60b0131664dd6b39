import {
  batchSigningText,
  canonicalJson,
  digestOf,
  expectShape,
  fromBase64,
  TidegateError,
  utf8,
  type AuditBatch,
  type AuditRecord,
} from '@tidegate/schemas';
import { ed25519Verify } from '../keys/index.ts';

/** A record as it goes into the log. */
export interface CheckedRecord {
  /** Canonical JSON: the bytes that are hashed and kept. */
  readonly text: string;
  /** Digest of the text. */
  readonly hash: string;
  readonly value: AuditRecord;
}

/** A batch that is consistent in itself: form, chain and signature hold. Its place in the log is not yet known. */
export interface CheckedBatch {
  readonly batch: AuditBatch;
  readonly records: readonly CheckedRecord[];
}

/**
 * Checks what can be told from a batch of valid shape alone. Throws TG4001 (form), TG4002 (chain) or TG4003 (signature), naming the
 * first record that is wrong.
 */
export function checkBatch(batch: AuditBatch, publicKey: Uint8Array): CheckedBatch {
  const { agent, firstSeq, lastSeq, head } = batch;
  const signed = utf8(batchSigningText({ agent, firstSeq, lastSeq, head }));
  if (!ed25519Verify(publicKey, signed, fromBase64(batch.signature))) {
    throw new TidegateError('TG4003', `the batch of ${agent} from seq ${firstSeq} is not signed by its key`);
  }
  const records: CheckedRecord[] = [];
  for (const [offset, text] of batch.records.entries()) {
    records.push(checkRecord(text, agent, firstSeq + offset, records.at(-1)));
  }
  if (records.at(-1)?.hash !== head) {
    throw new TidegateError('TG4002', `head ${head} is not the hash of the last record, seq ${lastSeq}`);
  }
  return { batch, records };
}

function checkRecord(
  text: string,
  agent: string,
  seq: number,
  before: CheckedRecord | undefined,
): CheckedRecord {
  const value = parseRecord(text, `record seq ${seq} of ${agent}`);
  if (value.agent !== agent || value.seq !== seq) {
    throw new TidegateError(
      'TG4001',
      `record seq ${seq} of ${agent} says it is seq ${value.seq} of ${value.agent}`,
    );
  }
  if (before !== undefined && value.prev !== before.hash) {
    throw new TidegateError('TG4002', `record seq ${seq} of ${agent} does not link to the record before it`);
  }
  if (seq === 1 && value.prev !== null) {
    throw new TidegateError(
      'TG4002',
      `record seq 1 of ${agent} links to a record before it; the first has prev null`,
    );
  }
  return { text, hash: digestOf(text), value };
}

/** Reads one record, which must be canonical JSON of its shape; else an error TG4001 that begins with `where`. */
export function parseRecord(text: string, where: string): AuditRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new TidegateError('TG4001', `${where} is not JSON`, { cause });
  }
  const record = expectShape('audit-record', parsed, 'TG4001', where);
  if (canonicalJson(record) !== text) {
    throw new TidegateError('TG4001', `${where} is not in canonical form (RFC 8785)`);
  }
  return record;
}
