import { readdirSync } from 'node:fs';
import { check as checkShape } from '@tidegate/schemas';
import type { DoctorCheck } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { fail, ok, warn, type Check } from './check.ts';
import { capture, contextWith, type Changes } from './healthy.contract.ts';
import { diagnose } from './index.ts';
import { checks } from './registry.ts';

const report = async (changes: Changes = {}, which: readonly Check[] = checks) =>
  await diagnose(which, contextWith(changes), () => undefined);
const notOk = (found: readonly DoctorCheck[]) => found.filter(({ status }) => status !== 'ok');

describe('diagnose', () => {
  it('finds a healthy machine well, in a report of its shape', async () => {
    const healthy = await report();
    expect(notOk(healthy.checks)).toEqual([]);
    expect(checkShape('doctor', healthy)).toMatchObject({ ok: true });
    expect(healthy.summary).toEqual({ ok: checks.length, warn: 0, fail: 0, skipped: 0 });
  });

  it('says of what does not apply that it was skipped', async () => {
    const without = notOk((await report({ settings: null })).checks);
    expect(without.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'configuration warn',
      ...[
        'state-folder',
        'run-folder',
        'controller-address',
        'controller-reachable',
        'controller-clock',
        'bgp-speakers',
        'agent',
        'stop-all',
        'audit-spool',
      ].map((id) => `${id} skipped`),
    ]);
    const pcap = notOk((await report({ settings: capture({ source: 'pcap' }) })).checks);
    expect(new Set(pcap.map(({ found }) => found))).toEqual(new Set(['not used: capture.source is pcap']));
    const xdp = notOk((await report({ settings: capture({ source: 'xdp' }) })).checks);
    expect(xdp).toMatchObject([{ id: 'libpcap', status: 'skipped' }]);
    const alone = notOk((await report({ settings: { controller: null } })).checks);
    expect(new Set(alone.map(({ found }) => found))).toEqual(new Set(['no controller is configured']));
  });

  it('goes on after a check that breaks, and does not take it for well', async () => {
    const broken: Check = {
      id: 'broken',
      title: 'broken',
      run: () => {
        throw new Error('planned');
      },
    };
    const after: Check = { id: 'after', title: 'after', run: () => ok('fine') };
    expect(await report({}, [broken, after])).toMatchObject({
      checks: [
        { id: 'broken', status: 'fail', found: 'could not be looked at: planned' },
        { id: 'after', status: 'ok' },
      ],
      summary: { ok: 1, fail: 1 },
    });
  });

  it('tells each finding as it is made, several of one check too', async () => {
    const told: string[] = [];
    const two: Check = {
      id: 'two',
      title: 'of two',
      run: () => [
        { ...warn('a', { meaning: 'm', fix: 'f' }), subject: 'eth0' },
        { ...fail('b', { meaning: 'm', fix: 'f' }), subject: 'eth1' },
      ],
    };
    await diagnose([two], contextWith(), ({ subject, status }, title) =>
      told.push(`${subject ?? ''} ${title} ${status}`),
    );
    expect(told).toEqual(['eth0 of two warn', 'eth1 of two fail']);
  });

  it('asks the controller and the agent once', async () => {
    let asked = 0;
    const count = async (): Promise<never> => {
      asked += 1;
      throw new Error('no');
    };
    await report({ host: { get: count } });
    expect(asked).toBe(1);
    await report({ host: { askAgent: count } });
    expect(asked).toBe(2);
  });

  it('finds something to say and to do wherever something is not well', async () => {
    const nothing = { programId: 0, mode: 'other' as const };
    const bad = await report({
      host: {
        nodeVersion: '18.0.0',
        kernelRelease: '5.10.0',
        capabilities: 0n,
        exists: () => false,
        xdpOn: () => nothing,
        xdpFeatures: () => null,
        link: () => ({ index: 2, isUp: false, isRunning: false, mtu: 9000, driver: 'ixgbe' }),
        folder: (path) => ({ at: path, problem: 'it is not writable for this user', freeBytes: 0 }),
        clock: () => ({ isSynchronised: false, errorMsMax: 16_000 }),
        get: async () => await Promise.reject(new Error('refused')),
        askAgent: async () => ({ silent: 'absent' }),
      },
    });
    const found = bad.checks.filter(({ status }) => status === 'warn' || status === 'fail');
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter(({ meaning, fix }) => meaning === null || fix === null)).toEqual([]);
    for (const { meaning, fix } of found) expect(`${meaning ?? ''}|${fix ?? ''}`).toMatch(/[.]\|.*[.]$/);
  });
});

describe('the registry', () => {
  it('has every check of the folder once, each with its test', () => {
    const files = readdirSync(new URL('checks', import.meta.url));
    const named = files.filter((name) => !name.endsWith('.test.ts')).map((name) => name.replace(/\.ts$/, ''));
    expect(checks.map(({ id }) => id).sort()).toEqual(named.sort());
    expect(named.filter((name) => !files.includes(`${name}.test.ts`))).toEqual([]);
  });
});
