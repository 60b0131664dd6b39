/** What was written by the first version must stay readable: these bytes travel, and lie in git and on disks. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  batchSigningText,
  bundleSigningText,
  canonicalJson,
  check,
  checkPolicy,
  compileBundle,
  contentDigestOf,
  digestOf,
  errorCatalogue,
  fromBase64,
  httpSignatureBase,
  keyIdOf,
  leafHash,
  longPollSecondsMax,
  openNote,
  parseCheckpoint,
  parseConfig,
  parsePolicy,
  parseSignature,
  parseSignatureInput,
  routes,
  utf8,
  verifyInclusion,
  type AuditBatch,
  type AuditReceipt,
  type AuditRecord,
  type Bundle,
  type SignedBundle,
  type Trust,
  type WireShapeName,
} from './index.ts';
import { wireShapes } from './shapes/registry.ts';

const folder = join(import.meta.dirname, '../golden/v1');
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');
const read = (file: string): unknown => JSON.parse(textOf(file));
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  .sort();
const shapeNames = Object.keys(wireShapes) as WireShapeName[];
const shapeOf = (file: string): WireShapeName | undefined =>
  shapeNames.find((name) => file === `${name}.json` || file.startsWith(`${name}/`));
const examples = files.filter((file) => shapeOf(file) !== undefined);

const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex');
function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({
    key: Buffer.concat([ed25519Prefix, publicKey]),
    format: 'der',
    type: 'spki',
  });
  return verify(null, message, key, signature);
}
const verifyText = (publicKey: string, text: string, signature: string): boolean =>
  verifyEd25519(fromBase64(publicKey), utf8(text), fromBase64(signature));

describe('golden files', () => {
  it('are the bytes they were, each of them pinned', () => {
    const pinned = textOf('SHA256SUMS').trimEnd().split('\n');
    const present = files.filter((file) => file !== 'SHA256SUMS');
    const sums = present.map((file) => `${createHash('sha256').update(textOf(file)).digest('hex')}  ${file}`);
    expect(sums).toEqual(pinned);
  });

  it('show every shape, and every kind of a union', () => {
    expect(new Set(examples.map(shapeOf))).toEqual(new Set(shapeNames));
    const kinds = files.filter((file) => file.startsWith('audit-record/'));
    expect(new Set(kinds.map((file) => (read(file) as AuditRecord).kind)).size).toBe(
      wireShapes['audit-record'].anyOf.length,
    );
    expect(files.filter((file) => file.startsWith('control-request/'))).toHaveLength(7);
    expect(files.filter((file) => file.startsWith('control-response/'))).toHaveLength(6);
  });

  it.each(examples)('%s has its shape and is written again as the same bytes', (file) => {
    const checked = check(shapeOf(file)!, read(file));
    expect(checked).toMatchObject({ ok: true });
    expect(`${canonicalJson(checked.ok && checked.value)}\n`).toBe(textOf(file));
  });
});

describe('golden files fit each other', () => {
  const trust = read('trust.json') as Trust;

  it.each([
    ['policy.yaml', 'bundle.json'],
    ['policy-ceilings.yaml', 'bundle/ceilings.json'],
    ['policy-channels.yaml', 'bundle/channels.json'],
    ['policy-flowspec.yaml', 'bundle/flowspec.json'],

    ['policy-profiles.yaml', 'bundle/profiles.json'],
    ['policy-scrubbers.yaml', 'bundle/scrubbers.json'],
    ['policy-sources.yaml', 'bundle/sources.json'],
  ])('%s compiles to %s', (policy, compiled) => {
    const { documents, findings } = parsePolicy([{ path: policy, text: textOf(policy) }]);
    expect([...findings, ...checkPolicy(documents)]).toEqual([]);
    const bundle = read(compiled) as Bundle;
    expect(compileBundle(documents, bundle.group, bundle)).toEqual(bundle);
  });

  it('the digest and the signature of the bundle hold', () => {
    const bundle = read('bundle.json') as Bundle;
    const signed = read('signed-bundle.json') as SignedBundle;
    expect(signed.payload).toBe(canonicalJson(bundle));
    expect(signed.digest).toBe(digestOf(signed.payload));
    const [{ keyId, signature }] = signed.signatures as [SignedBundle['signatures'][number]];
    const key = trust.bundle.find(({ id }) => id === keyId);
    expect(keyIdOf(fromBase64(key?.publicKey ?? ''))).toBe(keyId);
    expect(verifyText(key?.publicKey ?? '', bundleSigningText(signed.payload), signature)).toBe(true);
  });

  it('the batch is a chain of records, signed by the agent, and the receipt proves each of them', () => {
    const batch = read('audit-batch.json') as AuditBatch;
    let previous: string | null = null;
    for (const [index, text] of batch.records.entries()) {
      const record = JSON.parse(text) as AuditRecord;
      expect(record).toMatchObject({ agent: batch.agent, seq: batch.firstSeq + index, prev: previous });
      expect(text).toBe(textOf(`audit-record/${record.kind}.json`).trimEnd());
      previous = digestOf(text);
    }
    expect(batch.head).toBe(previous);
    const agentKey = trust.agents.find(({ id }) => id === batch.keyId)?.publicKey ?? '';
    expect(verifyText(agentKey, batchSigningText(batch), batch.signature)).toBe(true);

    const receipt = read('receipt.json') as AuditReceipt;
    const keys = trust.log.map(({ publicKey }) => ({ name: trust.origin, publicKey: fromBase64(publicKey) }));
    const { body } = openNote(receipt.checkpoint, keys, verifyEd25519);
    const { origin, size, root } = parseCheckpoint(body);
    expect(origin).toBe(trust.origin);
    const proven = receipt.proofs.map(({ seq, index, path }) => {
      const leaf = leafHash(utf8(batch.records[seq - batch.firstSeq] ?? ''));
      return verifyInclusion({ leafHash: leaf, index, size, path: path.map(fromBase64), root });
    });
    expect(proven).toEqual(batch.records.map(() => true));
  });

  it('a signed request verifies', () => {
    const request = read('http-signature.json') as Record<
      'method' | 'path' | 'body' | 'contentDigest' | 'signatureInput' | 'base' | 'signature',
      string
    >;
    const { method, path, contentDigest } = request;
    expect(contentDigestOf(utf8(request.body))).toBe(contentDigest);
    const parameters = parseSignatureInput(request.signatureInput);
    const { base } = httpSignatureBase({ method, path, contentDigest, ...parameters });
    expect(base).toBe(request.base);
    const key = trust.agents.find(({ id }) => id === parameters.keyId)?.publicKey ?? '';
    expect(verifyEd25519(fromBase64(key), utf8(base), parseSignature(request.signature))).toBe(true);
  });

  it('configurations are also read as files', () => {
    expect(parseConfig('agent-config', 'a.json', textOf('agent-config.json'))).toEqual(
      read('agent-config.json'),
    );
    expect(parseConfig('controller-config', 'c.json', textOf('controller-config.json'))).toEqual(
      read('controller-config.json'),
    );
  });

  it('routes and codes keep their meaning', () => {
    expect({ routes, longPollSecondsMax }).toMatchObject(read('routes.json') as object);
    expect(errorCatalogue).toMatchObject(read('error-catalogue.json') as Record<string, object>);
  });
});
