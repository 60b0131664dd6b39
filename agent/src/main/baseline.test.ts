import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent, BaselineReport } from '@tidegate/schemas';
import { check } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { featureNames } from '../engine/features.ts';
import { silentLog as log } from '../policy/fixtures.contract.ts';
import { BaselineKeeper } from './baseline.ts';
import { baselineRequest } from './baseline-request.ts';
import { renderBaseline } from './baseline-text.ts';

const target = '203.0.113.10';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-baseline-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const packets = featureNames.indexOf('packets@1s');
const firstMs = Date.UTC(2026, 0, 5);

async function learned(): Promise<BaselineKeeper> {
  const keeper = await BaselineKeeper.open(directory, 64, log);
  for (let second = 0; second < 7200; second++)
    keeper.baseline.observe(target, packets, firstMs + second * 1000, 1000 + (second % 50));
  return keeper;
}

async function ask(keeper: BaselineKeeper, ...[wanted, options]: Parameters<typeof baselineRequest>) {
  const request = baselineRequest(wanted, options, 'test');
  if (request.command !== 'baseline') throw new Error(request.command);
  const audit: AuditEvent[] = [];
  return { report: await keeper.order(request, (event) => audit.push(event)), audit };
}

const usualOf = ({ targets }: BaselineReport) =>
  targets[0]?.features.find(({ name }) => name === 'packets@1s')?.usual;

describe('the baseline of a running agent', () => {
  it('is shown, in its shape and in words', async () => {
    const { report, audit } = await ask(await learned(), target, {}, 'test');
    expect(check('control-response', report)).toMatchObject({ ok: true });
    expect(usualOf(report)?.median).toBeCloseTo(1025, -2);
    expect(renderBaseline(report)).toMatch(/packets@1s +median +1\.0\d kpps/);
    expect(audit).toEqual([]);
  });

  it('survives a restart', async () => {
    const before = await learned();
    await before.close();
    const after = await BaselineKeeper.open(directory, 64, log);
    expect(usualOf((await ask(after, target, {}, 'test')).report)).toEqual(
      usualOf((await ask(before, target, {}, 'test')).report),
    );
  });

  it('can be pinned, unpinned and reset, and each is on record', async () => {
    const keeper = await learned();
    const pinned = await ask(keeper, target, { pin: 'packets=5kpps' }, 'test');
    expect(usualOf(pinned.report)).toMatchObject({ median: 5000 });
    expect(pinned.audit).toEqual([
      {
        kind: 'operator.command',
        body: { command: 'baseline-pin', subject: `${target} packets 5000`, by: 'test' },
      },
    ]);
    const unpinned = await ask(keeper, target, { unpin: 'packets' }, 'test');
    expect(usualOf(unpinned.report)?.median).toBeCloseTo(1025, -2);
    const reset = await ask(keeper, null, { reset: true }, 'test');
    expect(reset.audit).toMatchObject([{ body: { command: 'baseline-reset', subject: 'all' } }]);
    expect(reset.report.targets).toEqual([]);
  });
});

describe('tidegate-agent baseline', () => {
  it.each([
    ['a rate without a unit', target, { pin: 'packets=5' }, /has no unit|is not/],
    ['an unknown volume', target, { pin: 'cats=5kpps' }, /one of packets, bits/],
    ['a pin without a target', null, { pin: 'packets=5kpps' }, /name the target/],
    ['two orders at once', target, { pin: 'packets=5kpps', reset: true as const }, /one at a time/],
    ['no address', 'example.com', {}, /name an address or prefix/],
  ])('refuses %s', (_, wanted, options, message) => {
    expect(() => baselineRequest(wanted, options, 'test')).toThrow(message);
  });
});
