/** Checks an offered bundle, stage by stage; the stage at which it fails goes into the audit record. */
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bundleSigningText, check, digestOf, fromBase64, keyIdOf } from '@tidegate/schemas';
import type { AuditBody, Bundle, SignedBundle, Trust } from '@tidegate/schemas';

export type RefusalStage = AuditBody<'bundle.refused'>['stage'];

export interface Refusal {
  readonly stage: RefusalStage;
  readonly reason: string;
  readonly digest: string | null;
}

export interface VerifiedBundle {
  readonly signed: SignedBundle;
  readonly bundle: Bundle;
}

export type Verdict =
  { readonly ok: true; readonly value: VerifiedBundle } | { readonly ok: false; readonly refusal: Refusal };

/** An Ed25519 public key from its 32 raw bytes in base64. */
function publicKeyFromRaw(rawBase64: string): KeyObject {
  const x = Buffer.from(rawBase64, 'base64').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** The keys that bundles must be signed with, by id: those that are configured, else those pinned at enrolment. */
export function bundleKeys(
  trust: Trust | null,
  configured: readonly string[] = [],
): ReadonlyMap<string, KeyObject> {
  const keys = configured.length > 0 ? configured : (trust?.bundle ?? []).map(({ publicKey }) => publicKey);
  return new Map(keys.map((raw) => [keyIdOf(fromBase64(raw)), publicKeyFromRaw(raw)]));
}

/** Ed25519 (RFC 8032) over `message` with a raw 32-byte public key. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, message, publicKeyFromRaw(Buffer.from(publicKey).toString('base64')), signature);
}

/**
 * Envelope, digest, signature by a pinned key, schema. Not age: a bundle that was activated once never expires, so
 * the last good one is checked with this alone.
 */
export function verifyBundle(offered: unknown, keys: ReadonlyMap<string, KeyObject>): Verdict {
  const envelope = check('signed-bundle', offered);
  if (!envelope.ok) return refuse('envelope', null, firstProblem(envelope.problems));
  const signed = envelope.value;
  if (digestOf(signed.payload) !== signed.digest)
    return refuse('envelope', signed.digest, 'the digest does not fit the payload');
  const text = Buffer.from(bundleSigningText(signed.payload));
  const good = signed.signatures.some(({ keyId, signature }) => {
    const key = keys.get(keyId);
    return key !== undefined && verify(null, text, key, Buffer.from(signature, 'base64'));
  });
  if (!good) return refuse('signature', signed.digest, 'no signature by a pinned key');
  let payload: unknown;
  try {
    payload = JSON.parse(signed.payload);
  } catch {
    return refuse('schema', signed.digest, 'the payload is not JSON');
  }
  const bundle = check('bundle', payload);
  if (!bundle.ok) return refuse('schema', signed.digest, firstProblem(bundle.problems));
  return { ok: true, value: { signed, bundle: bundle.value } };
}

/** What is asked of a *new* bundle besides: a later epoch, not expired, not empty by accident. */
export function judgeSuccessor(
  offered: VerifiedBundle,
  current: Bundle | null,
  nowMs: number,
): Refusal | null {
  const { bundle, signed } = offered;
  const refusal = (stage: RefusalStage, reason: string): Refusal => ({
    stage,
    reason,
    digest: signed.digest,
  });
  if (current !== null && bundle.epoch <= current.epoch) {
    return refusal(
      'epoch',
      `epoch ${String(bundle.epoch)} is not after ${String(current.epoch)}; a rollback is published under a new epoch`,
    );
  }
  if (Date.parse(bundle.expiresAt) <= nowMs)
    return refusal('expiry', `expired at ${bundle.expiresAt}; check the clock of this node`);
  if (bundle.playbooks.length === 0 && !bundle.allowEmpty && (current?.playbooks.length ?? 0) > 0) {
    return refusal('empty', 'it has no playbooks and does not say allowEmpty');
  }
  return null;
}

const refuse = (stage: RefusalStage, digest: string | null, reason: string): Verdict => ({
  ok: false,
  refusal: { stage, reason: reason.slice(0, 500), digest },
});

const firstProblem = (problems: readonly { path: string; message: string }[]): string => {
  const [first] = problems;
  return first === undefined ? 'it does not fit the schema' : `${first.path || '/'}: ${first.message}`;
};
