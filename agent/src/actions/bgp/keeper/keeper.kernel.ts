/** Routes that are held for others, at a real gobgpd with a real BIRD behind it: crashes, losses, rails, strangers. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { routeKey } from '@tidegate/schemas/bgp';
import type { AnnouncementRails, BgpRoute } from '@tidegate/schemas/bgp';
import { startBgpPair } from '../../../testkit/bgp/index.ts';
import type { BgpPair } from '../../../testkit/bgp/index.ts';
import { until } from '../../../testkit/until.ts';
import { connectToGobgp } from '../gobgp/index.ts';
import type { BgpSpeaker } from '../speaker.ts';
import { RouteKeeper } from './index.ts';
import type { Lease } from './index.ts';

const rails: AnnouncementRails = {
  owned: ['203.0.113.0/24'],
  peerings: ['127.0.0.1', '127.0.0.2'],
  flowspecLengthMin: { 4: 24, 6: 48 },
  blackholeLengthMin: { 4: 32, 6: 128 },
  routesMax: 50,
  perMinute: 200,
  blackholedShareMax: 0.05,
};

let pair: BgpPair;
let speaker: BgpSpeaker;
let directory: string;
let keepers: RouteKeeper[];

beforeAll(async () => {
  pair = await startBgpPair();
}, 60_000);
afterAll(async () => {
  await pair.stop();
});
beforeEach(async () => {
  speaker = await connectToGobgp({ address: pair.address });
  directory = await mkdtemp(join(tmpdir(), `tg-${process.pid}-keeper-`));
  keepers = [];
});
afterEach(async () => {
  for (const keeper of keepers) await keeper.close();
  await speaker.withdraw((await speaker.routes()).flatMap(({ route }) => route ?? []));
  speaker.close();
  rmSync(directory, { recursive: true, force: true });
});

const said: string[] = [];
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message: string) => void said.push(message),
  error: (message: string) => void said.push(message),
};

async function startKeeper(options: Partial<AnnouncementRails> = {}): Promise<RouteKeeper> {
  const path = join(directory, 'leases.json');
  const wallMs = (): number => Date.now();
  const keeper = new RouteKeeper({ speaker, path, rails: { ...rails, ...options }, wallMs, log });
  keepers.push(keeper);
  await keeper.start();
  return keeper;
}

const flow = (host: number, bytesPerSecond = 0): BgpRoute => ({
  kind: 'flowspec',
  rule: {
    match: { family: 4, destination: `203.0.113.${host}/32`, protocols: [{ from: 17, to: 17 }] },
    actions: [bytesPerSecond === 0 ? { type: 'discard' } : { type: 'limit', bytesPerSecond }],
  },
  communities: [],
});
const lease = (id: string, route: BgpRoute, ttlMs = 600_000): Lease => ({
  id,
  route,
  untilMs: Date.now() + ttlMs,
});
const keys = async (): Promise<string[]> => (await speaker.routes()).map(({ key }) => key).sort();

describe('a route that is held', () => {
  it('is sent to the neighbours, and gone once nobody wants it', async () => {
    const keeper = await startKeeper();
    expect(await keeper.hold([lease('a', flow(1)), lease('b', flow(1))])).toEqual([
      { id: 'a', level: 'advertised', neighbours: ['127.0.0.2'] },
      { id: 'b', level: 'advertised', neighbours: ['127.0.0.2'] },
    ]);
    await until(() => pair.flows().length === 1);
    await keeper.release(['a']);
    expect(await keys()).toEqual([routeKey(flow(1))]);
    await keeper.release(['b']);
    expect(await keys()).toEqual([]);
    await until(() => pair.flows().length === 0);
    expect(JSON.parse(readFileSync(join(directory, 'leases.json'), 'utf8'))).toMatchObject({
      leases: [],
      leaving: [],
    });
  });

  it('ends by itself', async () => {
    const keeper = await startKeeper();
    await keeper.hold([lease('a', flow(1), 300), lease('b', flow(2))]);
    await until(() => pair.flows().length === 2);
    await until(() => pair.flows().length === 1);
    expect(await keys()).toEqual([routeKey(flow(2))]);
  });

  it('is what the last one asked for, and again what the one before did', async () => {
    const keeper = await startKeeper();
    await keeper.hold([lease('a', flow(1, 1000))]);
    await keeper.hold([lease('b', flow(1))]);
    expect((await speaker.routes())[0]!.route).toMatchObject({ rule: { actions: [{ type: 'discard' }] } });
    await keeper.release(['b']);
    expect((await speaker.routes())[0]!.route).toMatchObject({ rule: { actions: [{ type: 'limit' }] } });
  });

  it('is refused by the rails, with a reason, and nothing is sent', async () => {
    const keeper = await startKeeper({ routesMax: 1 });
    const stranger: BgpRoute = {
      ...flow(1),
      kind: 'blackhole',
      prefix: '198.51.100.1/32',
      nextHop: '192.0.2.1',
    };
    expect(await keeper.hold([lease('a', stranger), lease('b', flow(1)), lease('c', flow(2))])).toMatchObject(
      [
        { id: 'a', level: 'refused', refusal: { rail: 'owned' } },
        { id: 'b', level: 'advertised' },
        { id: 'c', level: 'refused', refusal: { rail: 'budget' } },
      ],
    );
    expect(await keys()).toEqual([routeKey(flow(1))]);
    // A wish for what stands already needs no room.
    expect(await keeper.hold([lease('d', flow(1))])).toMatchObject([{ level: 'advertised' }]);
  });

  it('asked for by 200 at once stays within the budget', async () => {
    const keeper = await startKeeper();
    const wishes = Array.from({ length: 200 }, (_, agent) =>
      keeper.hold([1, 2, 3].map((step) => lease(`${agent} ${step}`, flow(1 + ((agent + step * 7) % 100))))),
    );
    const outcomes = (await Promise.all(wishes)).flat();
    expect(outcomes).toHaveLength(600);
    expect(await keys()).toHaveLength(rails.routesMax);
    expect(new Set(outcomes.map(({ level }) => level))).toEqual(new Set(['advertised', 'refused']));
    await until(() => pair.flows().length === rails.routesMax, 50);
  });
});

describe('after a crash', () => {
  it('of gobgpd the routes are back once it answers', async () => {
    const keeper = await startKeeper();
    await keeper.hold([lease('a', flow(1)), lease('b', flow(2, 1000))]);
    await until(() => pair.flows().length === 2);
    await pair.killGobgpd();
    await until(() => pair.flows().length === 0);
    expect(await keeper.hold([lease('c', flow(3))])).toMatchObject([{ id: 'c', level: 'pending' }]);
    await pair.startGobgpd();
    await until(() => pair.flows().length === 3);
    expect(await keys()).toEqual([flow(1), flow(2, 1000), flow(3)].map(routeKey).sort());
  });

  it('of the keeper the next one takes over: what is over goes, what is not stays', async () => {
    const first = await startKeeper();
    await first.hold([lease('a', flow(1), 500), lease('b', flow(2))]);
    await until(() => pair.flows().length === 2);
    // As after SIGKILL: it withdraws nothing.
    await first.close();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await keys()).toHaveLength(2);
    await startKeeper();
    expect(await keys()).toEqual([routeKey(flow(2))]);
  });

  it('of both, what was wanted is announced and nothing else', async () => {
    const first = await startKeeper();
    await first.hold([lease('a', flow(1)), lease('b', flow(2), 300)]);
    await first.close();
    await pair.killGobgpd();
    await pair.startGobgpd();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await startKeeper();
    await expect.poll(keys, { timeout: 10_000 }).toEqual([routeKey(flow(1))]);
  });

  it('a damaged file is an error, and nothing is withdrawn', async () => {
    const first = await startKeeper();
    await first.hold([lease('a', flow(1))]);
    await first.close();
    writeFileSync(join(directory, 'leases.json'), '{"leases":');
    await expect(startKeeper()).rejects.toMatchObject({ code: 'TG5003' });
    expect(await keys()).toHaveLength(1);
  });
});

describe('on a link that loses half of its packets', () => {
  it(
    'the session lives, and what was wanted is there once they pass again',
    { timeout: 120_000 },
    async () => {
      const keeper = await startKeeper();
      await keeper.hold([lease('a', flow(1))]);
      await until(() => pair.flows().length === 1);
      const upSince = pair.upSince();
      expect(upSince).not.toBeNull();
      const restore = pair.loseHalf();
      try {
        const wishes = Array.from({ length: 20 }, (_, index) => lease(`w${index}`, flow(10 + index)));
        for (const wish of wishes) {
          await keeper.hold([wish]);
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
        await keeper.release(wishes.slice(10).map(({ id }) => id));
      } finally {
        restore();
      }
      await until(() => pair.flows().length === 11);
      expect(pair.upSince()).toBe(upSince);
      expect(pair.complaints()).toEqual([]);
    },
  );
});

describe('what others do at the same speaker', () => {
  it('is left alone', async () => {
    pair.gobgp(['gobgp global rib add -a ipv4-flowspec match destination 198.51.100.0/24 then discard']);
    const keeper = await startKeeper();
    await keeper.hold([lease('a', flow(1))]);
    await keeper.release(['a']);
    expect(await keys()).toHaveLength(1);
  });

  it('is repaired where it was a route of ours', async () => {
    const keeper = await startKeeper();
    await keeper.hold([lease('a', flow(1))]);
    await speaker.withdraw([flow(1)]);
    await until(() => pair.flows().length === 0);
    await until(() => pair.flows().length === 1);
    expect(said).toContain('routes that were missing are announced');
  });
});
