/** The speaker of a site: a process of its own, real gobgpd, BIRD as the router, and agents that come, go and die. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { routeKey } from '@tidegate/schemas/bgp';
import type { BgpRoute } from '@tidegate/schemas/bgp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RouteKeeper } from '../actions/bgp/keeper/index.ts';
import type { Held } from '../actions/bgp/keeper/index.ts';
import { ReconnectingSpeaker } from '../actions/bgp/reconnecting.ts';
import { connectToSite } from '../actions/bgp/site/client.ts';
import type { BgpSpeaker } from '../actions/bgp/speaker.ts';
import { Authority } from '../testkit/authority.ts';
import type { IssuedCertificate } from '../testkit/authority.ts';
import { startBgpPair } from '../testkit/bgp/index.ts';
import type { BgpPair } from '../testkit/bgp/index.ts';
import { agentBin } from '../testkit/daemons.ts';
import { startProcess } from '../testkit/process.ts';
import type { RunningProcess } from '../testkit/process.ts';
import { eventually } from '../testkit/scene/index.ts';

const directory = mkdtempSync(join(tmpdir(), `tg-${process.pid}-site-`));
const configFile = join(directory, 'speaker.yaml');
const agents = 200;
const routesMax = 50;

let pair: BgpPair;
let authority: Authority;
let speaker: RunningProcess;
let url: string;
const clients: BgpSpeaker[] = [];

const startSpeaker = async (): Promise<RunningProcess> =>
  await startProcess({
    ...{ name: 'site speaker', command: process.execPath },
    args: [agentBin, 'speaker', '--config', configFile],
    ready: /"url":"(https:[^"]+)"/,
  });

beforeAll(async () => {
  pair = await startBgpPair();
  authority = new Authority(directory);
  const { certFile, keyFile } = authority.issue('speaker', '127.0.0.1');
  const write = (port: number): void => {
    writeFileSync(
      configFile,
      `schema: tidegate/speaker-config/v1
stateDir: state
listen: { host: 127.0.0.1, port: ${port}, certificateFile: ${certFile}, keyFile: ${keyFile}, clientCaFile: ca.crt }
speaker:
  gobgp: "${pair.address}"
  owned: [203.0.113.0/24]
  peerings: [127.0.0.1, 127.0.0.2]
  bounds: { routes: ${routesMax}, perMinute: 2000, blackholed: 0.5 }
perAgent: { routes: 3, perMinute: 100 }
agents:
  - { name: "web-*", owned: [203.0.113.0/24] }
  - { name: mail-1, owned: [203.0.113.128/25] }
`,
    );
  };
  write(0);
  speaker = await startSpeaker();
  url = speaker.ready![1]!;
  // The same place again after a new start.
  write(Number(new URL(url).port));
}, 60_000);
afterEach(async () => {
  const release = async (client: BgpSpeaker): Promise<void> => {
    await client.withdraw((await client.routes()).flatMap(({ route }) => (route === null ? [] : [route])));
    client.close();
  };
  await Promise.all(clients.splice(0).map(release));
  await seen('nothing is left', () => pair.flows().length + pair.blackholes().length === 0);
}, 60_000);
afterAll(async () => {
  await speaker.stop();
  await pair.stop();
  rmSync(directory, { recursive: true });
});

const seen = (what: string, isSo: () => boolean) => eventually(what, () => (isSo() ? true : null));
async function agent(name: string, from = authority): Promise<BgpSpeaker> {
  return await connect(from.issue(name));
}
async function connect({ certFile, keyFile }: IssuedCertificate): Promise<BgpSpeaker> {
  const [cert, key, ca] = [certFile, keyFile, authority.caFile].map((file) => readFileSync(file));
  const client = await connectToSite({ url, tls: { ca: ca!, cert: cert!, key: key! } });
  clients.push(client);
  return client;
}
/** The keeper of an agent, which asks again where it hears nothing. */
function keeperOf({ certFile, keyFile }: IssuedCertificate, name: string): RouteKeeper {
  const [cert, key, ca] = [certFile, keyFile, authority.caFile].map((file) => readFileSync(file));
  const speaker = new ReconnectingSpeaker({
    name,
    connect: async () => await connectToSite({ url, tls: { ca: ca!, cert: cert!, key: key! } }),
  });
  const rails = {
    ...{ owned: ['203.0.113.0/24'], peerings: [], routesMax: 100, perMinute: 100, blackholedShareMax: 1 },
    ...{ flowspecLengthMin: { 4: 24, 6: 48 }, blackholeLengthMin: { 4: 32, 6: 128 } },
  };
  return new RouteKeeper({
    ...{ speaker, path: join(directory, `${name}.json`), rails, wallMs: Date.now },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
}
/** Why a wish was refused in the end; null where it was not. */
async function refusalOf(keeper: RouteKeeper, held: Held): Promise<string | null> {
  if (held.level === 'failed') return held.reason;
  for (;;) {
    const look = await keeper.look(held.id).catch((error: unknown) => String(error));
    if (typeof look === 'string') return look;
    if (look?.level !== 'pending') return null;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
const rule = (host: number, port = 53): BgpRoute => ruleFor(`203.0.113.${host}/32`, port);
const ruleFor = (destination: string, port = 53): BgpRoute => ({
  ...{ kind: 'flowspec', communities: [] },
  rule: {
    match: {
      ...{ family: 4, destination, protocols: [{ from: 17, to: 17 }] },
      sourcePorts: [{ from: port, to: port }],
    },
    actions: [{ type: 'discard' }],
  },
});
const endsIn = (routes: readonly BgpRoute[], ms: number): Map<string, number> =>
  new Map(routes.map((route) => [routeKey(route), Date.now() + ms]));
const hour = 3_600_000;

describe('a site', () => {
  it('announces once what many ask for, to the end of the last of them', async () => {
    const [one, two] = [await agent('web-1'), await agent('web-2')];
    await one.announce([rule(1)], endsIn([rule(1)], hour));
    await two.announce([rule(1)], endsIn([rule(1)], hour));
    await seen('the router has it', () => pair.flows().length === 1);
    expect((await one.routes()).map(({ key }) => key)).toEqual([routeKey(rule(1))]);
    await one.withdraw([rule(1)]);
    expect([await one.routes(), (await two.routes()).length]).toEqual([[], 1]);
    expect(pair.flows()).toHaveLength(1);
    // Nobody takes back what is another's.
    await one.withdraw([rule(1)]);
    expect(pair.flows()).toHaveLength(1);
    await two.withdraw([rule(1)]);
    await seen('the router has it no more', () => pair.flows().length === 0);
  });

  it('keeps 200 agents within its budget, says no with a reason, and is empty when they go', async () => {
    const issued = Array.from({ length: agents }, (_, number) => authority.issue(`web-${number}`));
    const keepers = issued.map((certificate, number) => keeperOf(certificate, `web-${number}`));
    const decided = keepers.map(async (keeper, number) => {
      const wishes = [rule(1), rule(2 + (number % 90)), rule(2 + ((number * 7) % 90), 123)];
      const leases = wishes.map((route, index) => ({ id: `${index}`, route, untilMs: Date.now() + hour }));
      const held = await keeper.hold(leases);
      return await Promise.all(held.map(async (one) => await refusalOf(keeper, one)));
    });
    const outcomes = (await Promise.all(decided)).flat();
    const refused = outcomes.filter((outcome) => outcome !== null);
    expect(outcomes).toHaveLength(3 * agents);
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) expect(reason).toMatch(/50 routes stand.*\(rail budget\)/);
    await seen('the router has what the budget allows', () => pair.flows().length === routesMax);
    await Promise.all(keepers.map(async (keeper) => await keeper.release(['0', '1', '2'])));
    await Promise.all(keepers.map(async (keeper) => await keeper.close()));
    await seen('nothing is left', () => pair.flows().length === 0);
  }, 120_000);

  it('gives one agent its share, however much it asks for', async () => {
    const client = await agent('web-1');
    const [first, ...more] = [1, 2, 3, 4].map((host) => rule(host));
    await client.announce([first!]);
    await expect(client.announce(more)).rejects.toThrow(/holds 3 routes, and may hold 3 \(rail budget\)/);
    expect(await client.routes()).toHaveLength(3);
  });

  it('gives nobody what is not theirs, and nothing to who is not known', async () => {
    const mail = await agent('mail-1');
    await expect(mail.announce([rule(1)])).rejects.toMatchObject({ code: 'TG2020' });
    await expect(mail.announce([rule(1)])).rejects.toThrow(/not of this agent \(rail agents\)/);
    await mail.announce([rule(129)]);
    const stranger = await agent('game-1');
    await expect(stranger.announce([rule(129)])).rejects.toThrow(/names no such agent/);
    const web = await agent('web-1');
    await expect(web.announce([ruleFor('198.51.100.1/32')])).rejects.toThrow(/rail/);
    expect(speaker.output()).toMatch(/a route was refused.*mail-1.*not of this agent/);
  });

  it('lets nobody in without a certificate of its authority', async () => {
    const other = mkdtempSync(join(tmpdir(), `tg-${process.pid}-ca-`));
    await expect(agent('web-1', new Authority(other))).rejects.toMatchObject({ code: 'TG2017' });
    rmSync(other, { recursive: true });
  });
});

describe('what was asked for', () => {
  it('ends by itself when the agent never comes back', async () => {
    const gone = await agent('web-1');
    await gone.announce([rule(1), rule(2)], endsIn([rule(1), rule(2)], 2000));
    await seen('the router has them', () => pair.flows().length === 2);
    gone.close();
    clients.splice(clients.indexOf(gone), 1);
    const atMs = Date.now();
    await seen('the router has them no more', () => pair.flows().length === 0);
    expect(Date.now() - atMs).toBeLessThan(2000 + 1000);
  });

  it('is held for as long as it is asked for again', async () => {
    const client = await agent('web-1');
    await client.announce([rule(1)], endsIn([rule(1)], 1500));
    for (let turn = 0; turn < 4; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await client.renew!([rule(1)], endsIn([rule(1)], 1500));
      expect(pair.flows()).toHaveLength(1);
    }
    await seen('it is over', () => pair.flows().length === 0);
  });

  it('outlives kill -9 of the speaker, and what is over by its return is withdrawn', async () => {
    const client = await agent('web-1');
    await client.announce([rule(1)], endsIn([rule(1)], hour));
    await client.announce([rule(2)], endsIn([rule(2)], 1000));
    await seen('the router has them', () => pair.flows().length === 2);
    await speaker.stop('SIGKILL');
    await expect(client.routes()).rejects.toMatchObject({ code: 'TG2017' });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(pair.flows()).toHaveLength(2);
    speaker = await startSpeaker();
    await seen('what is over is withdrawn', () => pair.flows().length === 1);
    expect((await client.routes()).map(({ key }) => key)).toEqual([routeKey(rule(1))]);
  });

  it('is back within 2 s when gobgpd is', async () => {
    const client = await agent('web-1');
    await client.announce([rule(1)], endsIn([rule(1)], hour));
    await seen('the router has it', () => pair.flows().length === 1);
    await pair.killGobgpd();
    await seen('the router lost it', () => pair.flows().length === 0);
    await pair.startGobgpd();
    await seen('the router has it again', () => pair.flows().length === 1);
    expect((await client.neighbours()).length).toBeGreaterThan(0);
  }, 60_000);
});
