/**
 * Signed requests between agent and controller: a subset of HTTP Message Signatures (RFC 9421) with Ed25519 over
 * method, path and content digest (RFC 9530), and a creation time and nonce against replay.
 *
 * Both sides build the signature base here, so that they cannot differ. Who may sign, how old a signature may be and
 * which nonces were seen is the controller's business.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { fromBase64, toBase64 } from '../encoding/bytes.ts';
import { TidegateError } from '../errors/tidegate-error.ts';

export interface SignatureParameters {
  /** Unix time, seconds. */
  readonly created: number;
  /** 16 to 64 characters of base64url, fresh for each request. */
  readonly nonce: string;
  /** Id of the agent's key. */
  readonly keyId: string;
}

export interface RequestToSign extends SignatureParameters {
  /** Upper case. */
  readonly method: string;
  /** Absolute path without the query; signed routes have none. */
  readonly path: string;
  /** Value of the header Content-Digest. */
  readonly contentDigest: string;
}

export interface SignatureBase {
  /** What the key signs, in UTF-8. */
  readonly base: string;
  /** Value of the header Signature-Input. */
  readonly signatureInput: string;
}

const label = 'tidegate';
const components = '("@method" "@path" "content-digest")';
const inputPattern =
  /^tidegate=\("@method" "@path" "content-digest"\);created=([1-9][0-9]{0,11});nonce="([A-Za-z0-9_-]{16,64})";keyid="([0-9a-f]{16})";alg="ed25519"$/;
const signaturePattern = /^tidegate=:([A-Za-z0-9+/]{86}==):$/;

/** Value of the header Content-Digest for a body; a request without one has the digest of no bytes. */
export const contentDigestOf = (body: Uint8Array): string => `sha-256=:${toBase64(sha256(body))}:`;

/** The signature base of a request (RFC 9421, section 2.5) and the header that describes it. */
export function httpSignatureBase(request: RequestToSign): SignatureBase {
  const { method, path, contentDigest, created, nonce, keyId } = request;
  const parameters = `${components};created=${created};nonce="${nonce}";keyid="${keyId}";alg="ed25519"`;
  const signatureInput = `${label}=${parameters}`;
  // A line break in a component would let one request speak for another; an unreadable input never verifies.
  if (/[\r\n]/.test(method + path + contentDigest) || !inputPattern.test(signatureInput)) {
    throw new TidegateError('TG3003', 'The request cannot be signed: a component or parameter is malformed.');
  }
  const base = [
    `"@method": ${method}`,
    `"@path": ${path}`,
    `"content-digest": ${contentDigest}`,
    `"@signature-params": ${parameters}`,
  ].join('\n');
  return { base, signatureInput };
}

/** Reads a Signature-Input header; anything but the one form that agents send is an error TG3003. */
export function parseSignatureInput(header: string): SignatureParameters {
  const [, created, nonce, keyId] = inputPattern.exec(header) ?? [];
  if (created === undefined || nonce === undefined || keyId === undefined) {
    throw new TidegateError(
      'TG3003',
      `Signature-Input must read ${label}=${components};created=…;nonce="…";keyid="…";alg="ed25519".`,
    );
  }
  return { created: Number(created), nonce, keyId };
}

/** Value of the header Signature for a raw signature of 64 bytes. */
export const formatSignature = (signature: Uint8Array): string => `${label}=:${toBase64(signature)}:`;

/** Reads a Signature header; anything but one raw Ed25519 signature is an error TG3003. */
export function parseSignature(header: string): Uint8Array {
  const [, encoded] = signaturePattern.exec(header) ?? [];
  if (encoded === undefined) throw new TidegateError('TG3003', `Signature must read ${label}=:BASE64:.`);
  return fromBase64(encoded);
}
