/** FlowSpec rules and blackholes as backends, at a real gobgpd with a real BIRD behind it. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BgpRoute } from '@tidegate/schemas/bgp';
import { startBgpPair } from '../../testkit/bgp/index.ts';
import type { BgpPair } from '../../testkit/bgp/index.ts';
import { until } from '../../testkit/until.ts';
import { openUpstream } from '../../main/upstream.ts';
import type { Upstream } from '../../main/upstream.ts';
import type { RuleBackend, RuleRequest } from '../backend.ts';

let pair: BgpPair;
let directory: string;
let upstream: Upstream;

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const openWith = (gobgp: string, routesMax = 50): Upstream =>
  openUpstream(
    {
      ...{ stateDir: directory, policySecrets: [] },
      speakers: [
        {
          ...{ name: 'edge', place: { kind: 'gobgp', address: gobgp, tls: null } as const },
          rails: {
            ...{ owned: ['203.0.113.0/24'], peerings: ['127.0.0.1', '127.0.0.2'], routesMax, perMinute: 200 },
            ...{ flowspecLengthMin: { 4: 24, 6: 48 }, blackholeLengthMin: { 4: 32, 6: 128 } },
            blackholedShareMax: 0.05,
          },
        },
      ],
    },
    { clock: { wallMs: Date.now }, log: quiet },
  );
const flowspec = (): RuleBackend => upstream.backends.get('flowspec')!;
const rtbh = (): RuleBackend => upstream.backends.get('rtbh')!;

const idOf = (number: number): string => `mit-${number.toString(16).padStart(16, '0')}`;
const flow = (number: number, more: Partial<RuleRequest> = {}): RuleRequest => {
  const destination = `203.0.113.${number}/32`;
  const match = { family: 4, destination, protocols: [{ from: 17, to: 17 }] } as const;
  const route: BgpRoute = {
    ...{ kind: 'flowspec', rule: { match, actions: [{ type: 'discard' }] }, communities: [] },
  };
  return {
    ...{ id: idOf(number), match: { destination, protocol: 17 }, ttlMs: 60_000, verdict: 'drop' },
    announced: { speaker: 'edge', route },
    ...more,
  };
};
const hole = (number: number): RuleRequest => {
  const prefix = `203.0.113.${number}/32`;
  return {
    ...{ id: idOf(number), match: { destination: prefix }, ttlMs: 60_000, verdict: 'drop' },
    announced: {
      speaker: 'edge',
      route: { kind: 'blackhole', prefix, nextHop: '192.0.2.1', communities: ['65535:666'] },
    },
  };
};

beforeAll(async () => {
  pair = await startBgpPair();
}, 60_000);
afterAll(async () => {
  await pair.stop();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), `tg-${process.pid}-routes-`));
  upstream = openWith(pair.address);
});
afterEach(async () => {
  for (const backend of upstream.backends.values()) await backend.removeAll();
  await upstream.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a rule of a router', () => {
  it('is read back as it was sent to the neighbours, renewed under its id, and gone when it is removed', async () => {
    await flowspec().apply(flow(1));
    const first = await flowspec().readBack(idOf(1));
    expect(first).toMatchObject({ id: idOf(1), verdict: 'drop', level: 'advertised', packets: 0n });
    expect(first!.expiresInMs).toBeGreaterThan(50_000);
    await until(() => pair.flows().length === 1);
    await flowspec().apply(flow(1, { ttlMs: 120_000 }));
    expect((await flowspec().readBack(idOf(1)))!.expiresInMs).toBeGreaterThan(100_000);
    expect(await flowspec().remove(idOf(1))).toMatchObject({ id: idOf(1) });
    expect(await flowspec().readBack(idOf(1))).toBeNull();
    await until(() => pair.flows().length === 0);
    expect(await flowspec().remove(idOf(1))).toBeNull();
  });

  it('ends by its TTL', async () => {
    await flowspec().apply(flow(1, { ttlMs: 300 }));
    await until(() => pair.flows().length === 1);
    await until(() => pair.flows().length === 0);
    expect(await flowspec().readBack(idOf(1))).toBeNull();
  });

  it('is listed by its own backend alone, after a restart too', async () => {
    await flowspec().apply(flow(1));
    await rtbh().apply(hole(2));
    await upstream.close();
    upstream = openWith(pair.address);
    expect((await flowspec().list()).map(({ id }) => id)).toEqual([idOf(1)]);
    expect((await rtbh().list()).map(({ id }) => id)).toEqual([idOf(2)]);
    expect(await rtbh().removeAll()).toBe(1);
    expect(await flowspec().list()).toHaveLength(1);
  });

  it('that only counts is announced to nobody', async () => {
    await flowspec().apply(flow(1, { verdict: 'count', ttlMs: 400 }));
    expect(await flowspec().readBack(idOf(1))).toMatchObject({ verdict: 'count', level: 'accepted' });
    expect(pair.flows()).toEqual([]);
    while ((await flowspec().readBack(idOf(1))) !== null) await pause(20);
  });
});

describe('what cannot be announced', () => {
  it('is refused by the bounds of this node, whatever a policy says', async () => {
    await upstream.close();
    upstream = openWith(pair.address, 1);
    await flowspec().apply(flow(1));
    await expect(flowspec().apply(flow(2))).rejects.toMatchObject({ code: 'TG2020' });
    expect(await flowspec().readBack(idOf(2))).toBeNull();
  });

  it('is refused without a route, of another kind, or for a speaker that is not there', async () => {
    const { announced: _, ...bare } = flow(1);
    const elsewhere = { speaker: 'core', route: flow(1).announced!.route };
    for (const rule of [bare, { ...hole(1), id: idOf(1) }, flow(1, { announced: elsewhere })])
      await expect(flowspec().apply(rule)).rejects.toMatchObject({ code: 'TG2002' });
    expect(flowspec().plan(flow(1))).toBeNull();
  });
});

describe('a speaker that is not there', () => {
  it('gets what is wanted as soon as it answers', async () => {
    await pair.killGobgpd();
    await flowspec().apply(flow(1));
    expect(await flowspec().readBack(idOf(1))).toMatchObject({ level: 'accepted' });
    await pair.startGobgpd();
    while ((await flowspec().readBack(idOf(1)))?.level !== 'advertised') await pause(20);
  }, 60_000);
});
