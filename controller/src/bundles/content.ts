import {
  bundleSigningText,
  canonicalJson,
  digestOf,
  type Bundle,
  type SignedBundle,
} from '@tidegate/schemas';
import type { SigningKey } from '../keys/index.ts';
import { timestampOf } from '../ports.ts';

/** When and as what a bundle is issued; everything else in it is its content. */
export interface Stamp {
  readonly epoch: number;
  readonly commit: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** Two bundles with the same content digest say the same to an agent. */
export function contentDigest({ epoch, commit, issuedAt, expiresAt, ...content }: Bundle): string {
  return digestOf(canonicalJson(content));
}

/** The same content, issued anew. */
export function stampBundle(bundle: Bundle, { epoch, commit, issuedAtMs, expiresAtMs }: Stamp): Bundle {
  return { ...bundle, epoch, commit, issuedAt: timestampOf(issuedAtMs), expiresAt: timestampOf(expiresAtMs) };
}

/** A bundle in the form in which it travels. */
export function signBundle(bundle: Bundle, key: SigningKey): SignedBundle {
  const payload = canonicalJson(bundle);
  return {
    schema: 'tidegate/signed-bundle/v1',
    payload,
    digest: digestOf(payload),
    signatures: [{ keyId: key.id, signature: key.signText(bundleSigningText(payload)) }],
  };
}
