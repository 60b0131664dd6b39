import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  MerkleTree,
  digestOf,
  formatCheckpoint,
  keyIdOf,
  leafHash,
  signNote,
  toBase64,
  utf8,
} from '@tidegate/schemas';
import type { AuditReceipt, Trust } from '@tidegate/schemas';
import type { PendingRecords } from '../audit/spool.ts';
import { verifyReceipt } from './upload.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const key = { id: keyIdOf(raw), publicKey: toBase64(raw) };
const trust: Trust = {
  schema: 'tidegate/trust/v1',
  origin: 'example.net/audit',
  log: [key],
  bundle: [key],
  agents: [],
};

const records = ['{"a":1}', '{"b":2}', '{"c":3}'];
const pending: PendingRecords = { firstSeq: 8, lastSeq: 10, head: digestOf(records[2] ?? ''), records };

function receiptFor(logged: readonly string[], origin = trust.origin): AuditReceipt {
  const tree = new MerkleTree();
  for (const earlier of ['{"x":1}', '{"y":2}']) tree.append(leafHash(utf8(earlier)));
  for (const record of logged) tree.append(leafHash(utf8(record)));
  const body = formatCheckpoint({ origin, size: tree.size, root: tree.root() });
  return {
    schema: 'tidegate/receipt/v1',
    agent: 'web-1',
    firstSeq: 8,
    lastSeq: 10,
    commit: '0123456789abcdef0123456789abcdef01234567',
    checkpoint: signNote(body, trust.origin, raw, (message) => sign(null, message, privateKey)),
    proofs: logged.map((_, offset) => ({
      seq: 8 + offset,
      index: 2 + offset,
      path: tree.inclusionProof(2 + offset).map(toBase64),
    })),
  };
}

describe('verifyReceipt', () => {
  it('takes a receipt that proves every record', () => {
    expect(verifyReceipt(receiptFor(records), pending, trust).firstSeq).toBe(8);
  });

  it('refuses one that lacks a record, changed one, or swapped two', () => {
    expect(() => verifyReceipt(receiptFor(records.slice(0, 2)), pending, trust)).toThrow(
      'record 10 is not proved',
    );
    expect(() => verifyReceipt(receiptFor(['{"a":1}', '{"b":9}', '{"c":3}']), pending, trust)).toThrow(
      'record 9 is not proved',
    );
    expect(() => verifyReceipt(receiptFor([...records].reverse()), pending, trust)).toThrow(
      'record 8 is not proved',
    );
  });

  it('refuses one for other records, of another log, or by a key that is not pinned', () => {
    const good = receiptFor(records);
    expect(() => verifyReceipt({ ...good, firstSeq: 7 }, pending, trust)).toThrow('for other records');
    expect(() => verifyReceipt(receiptFor(records, 'evil.example/audit'), pending, trust)).toThrow(
      'another log',
    );
    const stranger = Buffer.alloc(32, 7);
    const others: Trust = { ...trust, log: [{ id: keyIdOf(stranger), publicKey: toBase64(stranger) }] };
    expect(() => verifyReceipt(good, pending, others)).toThrow(/no signature by a key that is trusted/);
  });

  it('refuses what is no receipt', () => {
    expect(() => verifyReceipt({ ok: true }, pending, trust)).toThrow('does not fit its schema');
  });
});
