import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { VerifyBytes } from '@tidegate/schemas';

const keysKeptMax = 20_000;
const keys = new Map<string, KeyObject>();

/** Checks an Ed25519 signature (RFC 8032) by a raw public key of 32 bytes. Never throws on a bad signature. */
export const ed25519Verify: VerifyBytes = (publicKey, message, signature) =>
  publicKey.length === 32 &&
  signature.length === 64 &&
  verify(null, message, keyObject(publicKey), signature);

/** Importing a key costs about as much as a verification, and agents come back. */
function keyObject(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  let key = keys.get(x);
  if (key === undefined) {
    key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (keys.size >= keysKeptMax) keys.clear();
    keys.set(x, key);
  }
  return key;
}
