/** Bundles and keys for the tests of this folder. */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bundleSigningText, canonicalJson, digestOf, keyIdOf } from '@tidegate/schemas';
import type { Bundle, SignedBundle } from '@tidegate/schemas';
import type { Log } from '../ports.ts';

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const keyId = keyIdOf(raw);
export const pinnedKeys = new Map<string, KeyObject>([[keyId, publicKey]]);

export const bundleFor = (changes: Partial<Bundle> = {}): Bundle => ({
  schema: 'tidegate/bundle/v1',
  group: 'web',
  epoch: 3,
  commit: '0123456789abcdef0123456789abcdef01234567',
  issuedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-08T00:00:00.000Z',
  allowEmpty: false,
  mode: 'enforce',
  interfaces: ['eth0'],
  protect: ['203.0.113.0/24'],
  linkCapacityBitsPerSecond: null,
  safelist: [],
  thresholds: [
    {
      name: 'default',
      targets: [],
      floorPacketsPerSecond: 20_000,
      floorBitsPerSecond: null,
      holdMs: 0,
      releaseRatio: 0.5,
    },
  ],
  playbooks: [
    {
      name: 'floods',
      families: ['udp_flood'],
      confidence: 0.8,
      steps: [{ action: 'drop', via: 'auto', ttlMs: 60_000, mode: 'enforce' }],
      releaseAfterMs: 2000,
    },
  ],
  ...changes,
});

export function sealBundle(content: unknown, key: KeyObject = privateKey): SignedBundle {
  const payload = canonicalJson(content);
  const signature = sign(null, Buffer.from(bundleSigningText(payload)), key).toString('base64');
  return {
    schema: 'tidegate/signed-bundle/v1',
    payload,
    digest: digestOf(payload),
    signatures: [{ keyId, signature }],
  };
}
