import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '@tidegate/schemas';
import { bundleFor, pinnedKeys, sealBundle, silentLog } from './fixtures.contract.ts';
import { PolicyDesk } from './desk.ts';
import { PolicyStore } from './store.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-desk-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function setUp() {
  const events: AuditEvent[] = [];
  const activated: number[] = [];
  const faults: Error[] = [];
  const desk = new PolicyDesk({
    store: new PolicyStore(directory, silentLog),
    keys: () => pinnedKeys,
    clock: { monotonicNs: () => 0, wallMs: () => Date.parse('2026-01-02T00:00:00Z') },
    log: silentLog,
    audit: (event) => events.push(event),
    activate: ({ bundle }) => {
      const fault = faults.shift();
      if (fault !== undefined) return Promise.reject(fault);
      activated.push(bundle.epoch);
      return Promise.resolve();
    },
  });
  return { desk, events, activated, faults };
}

describe('PolicyDesk', () => {
  it('puts a good bundle in force and has it again after a restart', async () => {
    const first = setUp();
    expect(await first.desk.offer(sealBundle(bundleFor({ epoch: 1 })))).toBe(true);
    expect(first.desk.standing).toMatchObject({ failed: null, bundle: { epoch: 1 } });
    expect(first.desk.standing.effective).toBe(first.desk.standing.offered);
    const second = setUp();
    await second.desk.resume();
    expect(second.activated).toEqual([1]);
  });

  it('keeps the last good one in force when a later one is bad, and says at which stage', async () => {
    const { desk, events, activated } = setUp();
    const offers = [
      sealBundle(bundleFor({ epoch: 2 })),
      sealBundle(bundleFor({ epoch: 1 })),
      { nonsense: true },
    ];
    const taken = await Promise.all(offers.map(async (offered) => await desk.offer(offered)));
    expect(taken).toEqual([true, false, false]);
    expect(activated).toEqual([2]);
    expect(desk.standing.bundle?.epoch).toBe(2);
    expect(events.map((event) => (event.kind === 'bundle.refused' ? event.body.stage : event.kind))).toEqual([
      'epoch',
      'envelope',
    ]);
  });

  it('tries again what could not be put in force, and records the refusal once', async () => {
    const { desk, events, activated, faults } = setUp();
    faults.push(new Error('no such interface: eth7'), new Error('no such interface: eth7'));
    expect(await desk.offer(sealBundle(bundleFor({ epoch: 1 })))).toBe(false);
    expect(desk.standing).toMatchObject({
      effective: null,
      failed: { stage: 'activate', reason: 'no such interface: eth7' },
    });
    desk.retry();
    await desk.settled();
    expect(events).toHaveLength(1);
    desk.retry();
    await desk.settled();
    expect(activated).toEqual([1]);
    expect(desk.standing).toMatchObject({ failed: null, bundle: { epoch: 1 } });
    desk.retry();
    await desk.settled();
    expect(activated).toEqual([1]);
  });
});
