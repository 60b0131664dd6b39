import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleSigningText, canonicalJson, digestOf, keyIdOf } from '@tidegate/schemas';
import type { Bundle, SignedBundle } from '@tidegate/schemas';
import type { Log } from '../ports.ts';
import { PolicyStore } from './store.ts';
import { judgeSuccessor, verifyBundle } from './verify.ts';
import type { VerifiedBundle } from './verify.ts';

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const keyId = keyIdOf(raw);
const pinned = new Map<string, KeyObject>([[keyId, publicKey]]);

const bundle = (changes: Partial<Bundle> = {}): Bundle => ({
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
  thresholds: [{ name: 'default', targets: [], floorPacketsPerSecond: 20_000, floorBitsPerSecond: null, holdMs: 0, releaseRatio: 0.5 }],
  playbooks: [
    { name: 'floods', families: ['udp_flood'], confidence: 0.8, steps: [{ action: 'drop', via: 'auto', ttlMs: 60_000, mode: 'enforce' }], releaseAfterMs: 2000 },
  ],
  ...changes,
});

function seal(content: unknown, key: KeyObject = privateKey): SignedBundle {
  const payload = canonicalJson(content);
  const signature = sign(null, Buffer.from(bundleSigningText(payload)), key).toString('base64');
  return { schema: 'tidegate/signed-bundle/v1', payload, digest: digestOf(payload), signatures: [{ keyId, signature }] };
}

function verified(changes: Partial<Bundle> = {}): VerifiedBundle {
  const verdict = verifyBundle(seal(bundle(changes)), pinned);
  if (!verdict.ok) throw new Error(verdict.refusal.reason);
  return verdict.value;
}

const stageOf = (offered: unknown): string => {
  const verdict = verifyBundle(offered, pinned);
  return verdict.ok ? 'taken' : verdict.refusal.stage;
};

describe('verifyBundle', () => {
  it('takes what a pinned key signed', () => {
    expect(verified().bundle).toEqual(bundle());
  });

  it('names the stage at which it fails', () => {
    const good = seal(bundle());
    const stranger = generateKeyPairSync('ed25519').privateKey;
    expect(stageOf({ ...good, schema: 'other' })).toBe('envelope');
    expect(stageOf({ ...good, digest: digestOf('something else') })).toBe('envelope');
    expect(stageOf(seal(bundle(), stranger))).toBe('signature');
    expect(stageOf({ ...good, signatures: [{ keyId: '0123456789abcdef', signature: good.signatures[0]?.signature }] })).toBe('signature');
    expect(stageOf(seal({ ...bundle(), surprise: 1 }))).toBe('schema');
    expect(stageOf(seal({ ...bundle(), epoch: 'three' }))).toBe('schema');
  });

  it('refuses a payload that was changed after it was signed', () => {
    const good = seal(bundle());
    const payload = good.payload.replace('"enforce"', '"observe"');
    expect(stageOf({ ...good, payload, digest: digestOf(payload) })).toBe('signature');
  });
});

describe('judgeSuccessor', () => {
  const now = Date.parse('2026-01-02T00:00:00Z');

  it('asks for a later epoch, also of a rollback', () => {
    expect(judgeSuccessor(verified({ epoch: 3 }), bundle({ epoch: 3 }), now)?.stage).toBe('epoch');
    expect(judgeSuccessor(verified({ epoch: 4 }), bundle({ epoch: 3 }), now)).toBeNull();
  });

  it('refuses a new bundle that has expired', () => {
    expect(judgeSuccessor(verified(), null, Date.parse('2026-02-01T00:00:00Z'))?.stage).toBe('expiry');
  });

  it('refuses to lose every playbook by accident', () => {
    const empty = verified({ epoch: 4, playbooks: [] });
    expect(judgeSuccessor(empty, bundle(), now)?.stage).toBe('empty');
    expect(judgeSuccessor(verified({ epoch: 4, playbooks: [], allowEmpty: true }), bundle(), now)).toBeNull();
  });
});

describe('PolicyStore', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tidegate-policy-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const put = (store: PolicyStore, changes: Partial<Bundle>): void => {
    store.stage(verified(changes));
    store.commit();
  };

  it('keeps the last good bundle and the one before', () => {
    const store = new PolicyStore(directory, log);
    expect(store.loadLastGood(pinned)).toBeNull();
    put(store, { epoch: 1 });
    put(store, { epoch: 2 });
    expect(new PolicyStore(directory, log).loadLastGood(pinned)?.bundle.epoch).toBe(2);
    expect(existsSync(join(directory, 'previous.json'))).toBe(true);
  });

  it('falls back to the one before when the current one is damaged', () => {
    const store = new PolicyStore(directory, log);
    put(store, { epoch: 1 });
    put(store, { epoch: 2 });
    writeFileSync(join(directory, 'current.json'), '{"schema":');
    expect(store.loadLastGood(pinned)?.bundle.epoch).toBe(1);
  });

  it('loads an expired bundle: what was activated never expires', () => {
    const store = new PolicyStore(directory, log);
    put(store, { expiresAt: '2026-01-01T00:00:01.000Z' });
    expect(store.loadLastGood(pinned)).not.toBeNull();
  });

  it('leaves the current one alone when a staged one is discarded', () => {
    const store = new PolicyStore(directory, log);
    put(store, { epoch: 1 });
    store.stage(verified({ epoch: 2 }));
    store.discard();
    expect(store.loadLastGood(pinned)?.bundle.epoch).toBe(1);
  });
});
