/** A site under any order of asking: bounds, shares, and what is whose. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { routeKey } from '@tidegate/schemas/bgp';
import type { BgpRoute } from '@tidegate/schemas/bgp';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RouteKeeper } from '../keeper/index.ts';
import type { BgpSpeaker } from '../speaker.ts';
import { SiteDesk } from './desk.ts';

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const hole = (host: number): BgpRoute => ({
  ...{ kind: 'blackhole', prefix: `203.0.113.${host}/32`, nextHop: '192.0.2.1', communities: [] },
});

/** Has every route that it is told of. */
class Memory implements BgpSpeaker {
  readonly name = 'memory';
  readonly held = new Map<string, BgpRoute>();

  async announce(routes: readonly BgpRoute[]): Promise<void> {
    for (const route of routes) this.held.set(routeKey(route), route);
    await Promise.resolve();
  }
  async withdraw(routes: readonly BgpRoute[]): Promise<void> {
    for (const route of routes) this.held.delete(routeKey(route));
    await Promise.resolve();
  }
  async routes() {
    return await Promise.resolve([...this.held].map(([key, route]) => ({ key, route })));
  }
  async neighbours() {
    return await Promise.resolve([]);
  }
  async advertised(): Promise<ReadonlySet<string>> {
    return await Promise.resolve(new Set<string>());
  }
  watch = () => () => undefined;
  close = () => undefined;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tg-desk-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const routesMax = 5;
const share = 3;
const ttlMsMax = 10_000;

function openDesk(name: string) {
  let nowMs = 1_000_000;
  const memory = new Memory();
  const wallMs = (): number => nowMs;
  const rails = {
    ...{ owned: ['203.0.113.0/24'], peerings: [], routesMax, perMinute: 1000, blackholedShareMax: 1 },
    ...{ flowspecLengthMin: { 4: 24, 6: 48 }, blackholeLengthMin: { 4: 32, 6: 128 } },
  };
  const keeper = new RouteKeeper({ speaker: memory, path: join(folder, name), rails, wallMs, log: silent });
  const agents = [
    { name: 'web-*', owned: ['203.0.113.0/24'] },
    { name: 'm.il', owned: ['203.0.113.128/25'] },
  ];
  const desk = new SiteDesk(
    keeper,
    { routes: share, perMinute: 1000, ttlMsMax, agents },
    { wallMs, log: silent },
  );
  return { memory, keeper, desk, pass: (ms: number) => (nowMs += ms) };
}
const wish = (host: number, ttlMs = 5000) => ({ route: hole(host), ttlMs }) as never;
const holding = (...leases: never[]) => ({ schema: 'tidegate/site-hold/v1' as const, leases });

type Step =
  | { readonly do: 'hold' | 'release'; readonly agent: string; readonly hosts: readonly number[] }
  | { readonly do: 'pass'; readonly ms: number };
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom('hold' as const, 'hold' as const, 'release' as const),
    agent: fc.constantFrom('web-1', 'web-2', 'web-3', 'm.il', 'mail', 'web'),
    hosts: fc.array(fc.constantFrom(1, 2, 3, 4, 129, 130, 131), { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1000, 4000, 6000) }),
);

describe('a desk', () => {
  it('stays within every bound, and gives each agent what is its own', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 30 }), async (list) => {
        const { memory, keeper, desk, pass } = openDesk(`${runs++}`);
        for (const step of list) {
          const before = new Set(memory.held.keys());
          if (step.do === 'pass') {
            pass(step.ms);
            await keeper.start();
          } else if (step.do === 'release') await desk.release(step.agent, step.hosts.map(hole));
          else {
            const answers = await desk.hold(step.agent, holding(...step.hosts.map((host) => wish(host))));
            expect(answers).toHaveLength(step.hosts.length);
            for (const { level, reason } of answers) expect(level === 'refused').toBe(reason !== null);
            for (const key of before) expect(memory.held.has(key), 'what stands is given up').toBe(true);
          }
          expect(memory.held.size).toBeLessThanOrEqual(routesMax);
          const leases = new Map<string, string[]>();
          for (const { id, route } of keeper.leases) {
            const [agent = ''] = id.split(' ');
            leases.set(agent, [...(leases.get(agent) ?? []), routeKey(route)]);
          }
          for (const [agent, keys] of leases) {
            expect(keys.length).toBeLessThanOrEqual(share);
            expect(agent).toMatch(/^(web-\d|m\.il)$/);
            const { routes } = await desk.routes(agent);
            expect(new Set(routes.map(({ route }) => routeKey(route as BgpRoute)))).toEqual(new Set(keys));
          }
          const wanted = new Set([...leases.values()].flat());
          expect(new Set(memory.held.keys())).toEqual(wanted);
          const theirs = new Set([129, 130, 131].map((host) => routeKey(hole(host))));
          for (const key of leases.get('m.il') ?? []) expect(theirs.has(key)).toBe(true);
        }
        pass(ttlMsMax);
        await keeper.start();
        expect([memory.held.size, keeper.leases.length]).toEqual([0, 0]);
        await keeper.close();
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('holds nothing longer than the site allows', async () => {
    const { desk } = openDesk('ttl');
    await desk.hold('web-1', holding(wish(1, 80_000_000)));
    expect((await desk.routes('web-1')).routes).toMatchObject([{ expiresInMs: ttlMsMax, isThere: true }]);
  });

  it('says why it refuses', async () => {
    const { desk } = openDesk('why');
    const refused = async (agent: string, ...hosts: number[]) =>
      (await desk.hold(agent, holding(...hosts.map((host) => wish(host))))).at(-1)?.reason;
    expect(await refused('nobody', 1)).toContain('names no such agent');
    expect(await refused('mail', 129)).toContain('names no such agent');
    expect(await refused('m.il', 1)).toBe('203.0.113.1/32 is not of this agent (rail agents)');
    expect(await refused('web-1', 1, 2, 3, 4)).toBe(
      'this agent holds 3 routes, and may hold 3 (rail budget)',
    );
    expect(await refused('web-2', 4, 5)).toBeNull();
    expect(await refused('web-3', 6)).toContain('5 routes stand');
  });

  it('hears many at once in few turns', async () => {
    const { desk, keeper } = openDesk('many');
    let turns = 0;
    const hold = keeper.hold.bind(keeper);
    keeper.hold = async (leases) => {
      turns += 1;
      return await hold(leases);
    };
    const all = Array.from(
      { length: 100 },
      async (_, one) => await desk.hold(`web-${one}`, holding(wish(1))),
    );
    const levels = (await Promise.all(all)).flat().map(({ level }) => level);
    expect(new Set(levels)).toEqual(new Set(['accepted']));
    expect(turns).toBeLessThan(5);
  });
});
