/**
 * What every rule backend must do, as cases that each implementation runs against the real thing and its fake.
 *
 * ```ts
 * ruleBackendContract('nftables', makeLab, { expiryResolutionMs: 1000 });
 * ```
 */
import { TidegateError, type TrafficMatch } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildUdp } from '../engine/packet/index.ts';
import type { RuleBackend } from './backend.ts';
import { id, ports, type Context, type ContractLab } from './lab.contract.ts';
import { matchCases } from './match.contract.ts';

export type { ContractLab } from './lab.contract.ts';

export interface ContractOptions {
  /** How coarsely the backend tells the time that is left, ms. */
  readonly expiryResolutionMs: number;
}

const minuteMs = 60_000;

export function ruleBackendContract(
  name: string,
  makeLab: () => Promise<ContractLab>,
  options: ContractOptions,
): void {
  describe(`rule backend ${name}`, () => {
    let lab: ContractLab | undefined;
    let backend: RuleBackend | undefined;
    const context: Context = {
      lab: () => lab!,
      backend: () => backend!,
      rule: (number, changes = {}) => ({
        id: id(number),
        match: { destination: `${lab!.targets.ipv4}/32` },
        ttlMs: minuteMs,
        verdict: 'drop',
        ...changes,
      }),
    };
    beforeEach(async () => {
      lab = await makeLab();
      backend = await lab.open();
    });
    afterEach(async () => {
      await lab?.close();
      lab = undefined;
    });

    lifeCases(context, options);
    timeCases(context, options);
    adoptionCases(context);
    matchCases(context);
    refusalCases(context);
  });
}

function lifeCases({ lab, backend, rule }: Context, { expiryResolutionMs }: ContractOptions): void {
  const packet = () => buildUdp(ports(lab(), 'ipv4', 4000, 5000));

  test('an applied rule is read back with its id, verdict and time left', async () => {
    expect(await backend().readBack(id(1))).toBeNull();
    await backend().apply(rule(1));
    const installed = await backend().readBack(id(1));
    expect(installed).toMatchObject({ id: id(1), verdict: 'drop', packets: 0n, bytes: 0n });
    expect(installed?.expiresInMs).toBeLessThanOrEqual(minuteMs);
    expect(installed?.expiresInMs).toBeGreaterThan(minuteMs - 5000 - expiryResolutionMs);
  });

  test('a dropping rule lets nothing through and counts what it took', async () => {
    expect(await lab().send([packet()])).toBe(1);
    await backend().apply(rule(1));
    expect(await lab().send([packet(), packet(), packet()])).toBe(0);
    expect(await backend().readBack(id(1))).toMatchObject({ packets: 3n, bytes: 3n * 28n });
  });

  test('a counting rule counts and lets through', async () => {
    await backend().apply(rule(1, { verdict: 'count' }));
    expect(await lab().send([packet(), packet()])).toBe(2);
    expect(await backend().readBack(id(1))).toMatchObject({ verdict: 'count', packets: 2n, bytes: 2n * 28n });
  });

  test('a counting rule sees what a dropping one takes, whichever came first', async () => {
    await backend().apply(rule(1));
    await backend().apply(rule(2, { verdict: 'count' }));
    expect(await lab().send([packet()])).toBe(0);
    expect((await backend().readBack(id(1)))?.packets).toBe(1n);
    expect((await backend().readBack(id(2)))?.packets).toBe(1n);
  });

  test('applying the same id again leaves one rule', async () => {
    await backend().apply(rule(1));
    await backend().apply(rule(1));
    await backend().apply(rule(2));
    expect((await backend().list()).map((installed) => installed.id).sort()).toEqual([id(1), id(2)]);
    expect(await lab().send([packet()])).toBe(0);
  });

  test('applying many at once installs all of them', async () => {
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((number) => backend().apply(rule(number))));
    expect(await backend().list()).toHaveLength(8);
    const read = await Promise.all([1, 8, 9].map((number) => backend().readBack(id(number))));
    expect(read.map((installed) => installed?.id ?? null)).toEqual([id(1), id(8), null]);
  });

  test('removing gives the last counters, once, and only of that rule', async () => {
    await backend().apply(rule(1));
    await backend().apply(rule(2, { match: { destination: `${lab().targets.ipv6}/128` } }));
    await lab().send([packet(), packet()]);
    expect(await backend().remove(id(1))).toMatchObject({ id: id(1), packets: 2n, bytes: 2n * 28n });
    expect(await backend().remove(id(1))).toBeNull();
    expect(await backend().readBack(id(1))).toBeNull();
    expect(await backend().readBack(id(2))).not.toBeNull();
    expect(await lab().send([packet()])).toBe(1);
  });

  test('removing all leaves nothing, and says how many there were', async () => {
    await backend().apply(rule(1));
    await backend().apply(rule(2, { verdict: 'count' }));
    expect(await backend().removeAll()).toBe(2);
    expect(await backend().list()).toEqual([]);
    expect(await backend().removeAll()).toBe(0);
    expect(await lab().send([packet()])).toBe(1);
    await backend().apply(rule(3));
    expect(await lab().send([packet()])).toBe(0);
  });
}

function timeCases({ lab, backend, rule }: Context, { expiryResolutionMs }: ContractOptions): void {
  const packet = () => buildUdp(ports(lab(), 'ipv4', 4000, 5000));

  test('renewing extends the time left and keeps the counters', async () => {
    await backend().apply(rule(1, { ttlMs: 10_000 }));
    await lab().send([packet()]);
    await backend().apply(rule(1, { ttlMs: minuteMs }));
    const renewed = await backend().readBack(id(1));
    expect(renewed).toMatchObject({ packets: 1n, bytes: 28n });
    expect(renewed?.expiresInMs).toBeGreaterThan(minuteMs - 5000 - expiryResolutionMs);
    expect(renewed?.expiresInMs).toBeLessThanOrEqual(minuteMs);
  });

  test('a rule ends by itself, and can then be applied anew', async () => {
    await backend().apply(rule(1, { ttlMs: 2000 }));
    await backend().apply(rule(2, { match: { destination: `${lab().targets.ipv6}/128` } }));
    expect(await lab().send([packet()])).toBe(0);
    await lab().wait(2300);
    expect(await lab().send([packet()])).toBe(1);
    expect(await backend().readBack(id(1))).toBeNull();
    expect((await backend().list()).map((installed) => installed.id)).toEqual([id(2)]);
    expect(await backend().remove(id(1))).toBeNull();
    await backend().apply(rule(1));
    expect(await backend().readBack(id(1))).toMatchObject({ packets: 0n });
    expect(await lab().send([packet()])).toBe(0);
  });

  test('a rule that was renewed lives past its first end', async () => {
    await backend().apply(rule(1, { ttlMs: 2000 }));
    await backend().apply(rule(1, { ttlMs: minuteMs }));
    await lab().wait(2300);
    expect(await backend().readBack(id(1))).not.toBeNull();
    expect(await lab().send([packet()])).toBe(0);
  });
}

function adoptionCases({ lab, backend, rule }: Context): void {
  test('a fresh process finds, reads, renews and removes the rules of the one before', async () => {
    await backend().apply(rule(1));
    await backend().apply(rule(2, { verdict: 'count' }));
    backend().close();
    const next = await lab().open();
    expect((await next.list()).map((installed) => [installed.id, installed.verdict]).sort()).toEqual([
      [id(1), 'drop'],
      [id(2), 'count'],
    ]);
    expect(await lab().send([buildUdp(ports(lab(), 'ipv4', 4000, 5000))])).toBe(0);
    await next.apply(rule(1, { ttlMs: 2 * minuteMs }));
    const renewed = await next.readBack(id(1));
    expect(renewed?.packets).toBe(1n);
    expect(renewed?.expiresInMs).toBeGreaterThan(minuteMs);
    expect(await next.remove(id(1))).not.toBeNull();
    expect(await next.removeAll()).toBe(1);
  });
}

function refusalCases({ lab, backend, rule }: Context): void {
  const wrong: [string, (destination: string) => TrafficMatch][] = [
    ['a source of the other family', (destination) => ({ destination, source: '2001:db8::/32' })],
    [
      'ports of a protocol that has none',
      (destination) => ({ destination, protocol: 1, sourcePorts: [{ from: 1, to: 2 }] }),
    ],
    ['TCP flags of UDP', (destination) => ({ destination, protocol: 17, tcpFlags: { mask: 2, value: 2 } })],
    [
      'TCP flags outside of their mask',
      (destination) => ({ destination, protocol: 6, tcpFlags: { mask: 2, value: 18 } }),
    ],
    ['a range that is reversed', (destination) => ({ destination, packetLengths: [{ from: 100, to: 99 }] })],
    ['host bits in a prefix', () => ({ destination: '198.51.100.2/24' })],
  ];

  test.each(wrong)('refuses %s, by plan and by apply', async (_, match) => {
    const request = rule(1, { match: match(`${lab().targets.ipv4}/32`) });
    const refusal = backend().plan(request);
    expect(refusal).toMatchObject({ code: expect.stringMatching(/^TG\d{4}$/) as string });
    expect(refusal?.reason).not.toBe('');
    const error = await backend()
      .apply(request)
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    expect(error).toBeInstanceOf(TidegateError);
    expect((error as TidegateError).code).toBe(refusal?.code);
    expect(await backend().list()).toEqual([]);
  });

  test('plans what it can do', () => {
    expect(backend().plan(rule(1))).toBeNull();
  });
}
