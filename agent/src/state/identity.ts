/** The agent's own Ed25519 key and what it pinned at enrolment. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TidegateError, check, keyIdOf } from '@tidegate/schemas';
import type { Trust } from '@tidegate/schemas';
import { readJson, writeDurably } from './files.ts';

export interface Identity {
  readonly keyId: string;
  /** Raw 32 bytes in base64. */
  readonly publicKey: string;
  sign(text: string | Uint8Array): string;
}

/** Loads the key, or makes one at the first start. */
export function loadIdentity(stateDir: string): Identity {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const path = join(stateDir, 'agent.key');
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeDurably(path, privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  }
  const key = readKey(path);
  const raw = rawPublicKey(key);
  return {
    keyId: keyIdOf(raw),
    publicKey: Buffer.from(raw).toString('base64'),
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64'),
  };
}

function readKey(path: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(path));
  } catch (error) {
    throw new TidegateError(
      'TG2008',
      `${path} is not a private key; restore it, or remove it and enrol this node anew`,
      { cause: error },
    );
  }
}

function rawPublicKey(key: KeyObject): Uint8Array {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url');
}

/** What was pinned at enrolment; null before. */
export function loadTrust(stateDir: string): Trust | null {
  const value = readJson(join(stateDir, 'trust.json'));
  if (value === undefined) return null;
  const checked = check('trust', value);
  if (checked.ok) return checked.value;
  throw new TidegateError(
    'TG2008',
    `${join(stateDir, 'trust.json')} is damaged; remove it and enrol this node anew`,
  );
}

export function saveTrust(stateDir: string, trust: Trust): void {
  writeDurably(join(stateDir, 'trust.json'), JSON.stringify(trust));
}
