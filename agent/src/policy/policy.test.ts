import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '@tidegate/schemas';
import type { Bundle } from '@tidegate/schemas';
import { bundleFor, pinnedKeys, sealBundle, silentLog } from './fixtures.contract.ts';
import { PolicyStore } from './store.ts';
import { judgeSuccessor, verifyBundle } from './verify.ts';
import type { VerifiedBundle } from './verify.ts';

function verified(changes: Partial<Bundle> = {}): VerifiedBundle {
  const verdict = verifyBundle(sealBundle(bundleFor(changes)), pinnedKeys);
  if (!verdict.ok) throw new Error(verdict.refusal.reason);
  return verdict.value;
}

const stageOf = (offered: unknown): string => {
  const verdict = verifyBundle(offered, pinnedKeys);
  return verdict.ok ? 'taken' : verdict.refusal.stage;
};

describe('verifyBundle', () => {
  it('takes what a pinned key signed', () => {
    expect(verified().bundle).toEqual(bundleFor());
  });

  it('names the stage at which it fails', () => {
    const good = sealBundle(bundleFor());
    const stranger = generateKeyPairSync('ed25519').privateKey;
    expect(stageOf({ ...good, schema: 'other' })).toBe('envelope');
    expect(stageOf({ ...good, digest: digestOf('something else') })).toBe('envelope');
    expect(stageOf(sealBundle(bundleFor(), stranger))).toBe('signature');
    expect(
      stageOf({
        ...good,
        signatures: [{ keyId: '0123456789abcdef', signature: good.signatures[0]?.signature }],
      }),
    ).toBe('signature');
    expect(stageOf(sealBundle({ ...bundleFor(), surprise: 1 }))).toBe('schema');
    expect(stageOf(sealBundle({ ...bundleFor(), epoch: 'three' }))).toBe('schema');
  });

  it('refuses a payload that was changed after it was signed', () => {
    const good = sealBundle(bundleFor());
    const payload = good.payload.replace('"enforce"', '"observe"');
    expect(stageOf({ ...good, payload, digest: digestOf(payload) })).toBe('signature');
  });
});

describe('judgeSuccessor', () => {
  const now = Date.parse('2026-01-02T00:00:00Z');

  it('asks for a later epoch, also of a rollback', () => {
    expect(judgeSuccessor(verified({ epoch: 3 }), bundleFor({ epoch: 3 }), now)?.stage).toBe('epoch');
    expect(judgeSuccessor(verified({ epoch: 4 }), bundleFor({ epoch: 3 }), now)).toBeNull();
  });

  it('refuses a new bundle that has expired', () => {
    expect(judgeSuccessor(verified(), null, Date.parse('2026-02-01T00:00:00Z'))?.stage).toBe('expiry');
  });

  it('refuses to lose every playbook by accident', () => {
    const empty = verified({ epoch: 4, playbooks: [] });
    expect(judgeSuccessor(empty, bundleFor(), now)?.stage).toBe('empty');
    expect(
      judgeSuccessor(verified({ epoch: 4, playbooks: [], allowEmpty: true }), bundleFor(), now),
    ).toBeNull();
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
    const store = new PolicyStore(directory, silentLog);
    expect(store.loadLastGood(pinnedKeys)).toBeNull();
    put(store, { epoch: 1 });
    put(store, { epoch: 2 });
    expect(new PolicyStore(directory, silentLog).loadLastGood(pinnedKeys)?.bundle.epoch).toBe(2);
    expect(existsSync(join(directory, 'previous.json'))).toBe(true);
  });

  it('falls back to the one before when the current one is damaged', () => {
    const store = new PolicyStore(directory, silentLog);
    put(store, { epoch: 1 });
    put(store, { epoch: 2 });
    writeFileSync(join(directory, 'current.json'), '{"schema":');
    expect(store.loadLastGood(pinnedKeys)?.bundle.epoch).toBe(1);
  });

  it('loads an expired bundle: what was activated never expires', () => {
    const store = new PolicyStore(directory, silentLog);
    put(store, { expiresAt: '2026-01-01T00:00:01.000Z' });
    expect(store.loadLastGood(pinnedKeys)).not.toBeNull();
  });

  it('leaves the current one alone when a staged one is discarded', () => {
    const store = new PolicyStore(directory, silentLog);
    put(store, { epoch: 1 });
    store.stage(verified({ epoch: 2 }));
    store.discard();
    expect(store.loadLastGood(pinnedKeys)?.bundle.epoch).toBe(1);
  });
});
