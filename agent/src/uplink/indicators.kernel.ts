/** Threat feeds from their publisher through the real controller to an agent, over the network of this machine alone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addressBytes,
  openIndicatorSet,
  type AuditEvent,
  type ControllerStatus,
  type SignedBundle,
  type Bundle,
} from '@tidegate/schemas';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Spool } from '../audit/spool.ts';
import { systemClock } from '../main/clock.ts';
import { createLog } from '../main/log.ts';
import { IndicatorDesk, IndicatorStore } from '../policy/indicators/index.ts';
import { loadIdentity } from '../state/identity.ts';
import { startController } from '../testkit/daemons.ts';
import type { RunningProcess } from '../testkit/process.ts';
import { commitFiles, createBareRepository } from '../testkit/repositories.ts';
import { HttpClient } from './http.ts';
import { Uplink } from './index.ts';

const within = { timeout: 20_000, interval: 20 };
const log = createLog('silent');
const directory = mkdtempSync(join(tmpdir(), `tg-${process.pid}-feeds-`));
const repository = createBareRepository(join(directory, 'policy.git'));

/** What the publisher answers, by path. */
const lists = new Map<string, string>();
let publisher: Server;
let listUrl: string;
let controller: (RunningProcess & { url: string }) | null = null;
let agent: Agent | null = null;

beforeAll(async () => {
  publisher = createServer(({ url = '' }, response) => {
    const text = lists.get(url);
    response.writeHead(text === undefined ? 500 : 200, { etag: `"${url}"` }).end(text);
  });
  await new Promise<void>((resolve) => publisher.listen(0, '127.0.0.1', resolve));
  listUrl = `http://127.0.0.1:${String((publisher.address() as AddressInfo).port)}`;
  writeFileSync(join(directory, 'join-token'), 'a-join-token-for-tests-only', { mode: 0o600 });
});
afterAll(async () => {
  await agent?.close();
  await controller?.stop();
  publisher.closeAllConnections();
  publisher.close();
  rmSync(directory, { recursive: true, force: true });
});

function push(path: string, own: string, safelist = '[]'): void {
  const policy = `apiVersion: tidegate/v1
kind: NodeGroup
metadata: { name: web }
spec: { selector: { role: web }, interfaces: [eth0], protect: [203.0.113.0/24], safelist: ${safelist} }
---
apiVersion: tidegate/v1
kind: Threshold
metadata: { name: default }
spec: { groups: [web], floor: { packets: 20kpps } }
---
apiVersion: tidegate/v1
kind: Playbook
metadata: { name: floods }
spec: { trigger: { families: [udp_flood] }, steps: [{ drop: { ttl: 1m } }] }
---
apiVersion: tidegate/v1
kind: ThreatFeed
metadata: { name: listed }
spec: { source: { url: "${listUrl}${path}" }, format: plain, credit: A publisher }
---
apiVersion: tidegate/v1
kind: ThreatFeed
metadata: { name: own }
spec: { source: { path: lists/own.txt }, format: plain, action: drop }
`;
  commitFiles(repository, { 'web.yaml': policy, 'lists/own.txt': own }, 'Change the policy');
}

async function start(): Promise<string> {
  controller = await startController(directory, {
    schema: 'tidegate/controller-config/v1',
    stateDir: join(directory, 'controller'),
    listen: { host: '127.0.0.1', port: 0 },
    policy: { repository, pollSeconds: 0.2 },
    audit: { repository: join(directory, 'audit.git'), flushMs: 50 },
    joinToken: `file:${join(directory, 'join-token')}`,
  });
  return controller.url;
}

/** An agent without a datapath: what it would load is read instead. */
class Agent {
  readonly events: AuditEvent[] = [];
  readonly desk: IndicatorDesk;
  #inForce: ReturnType<typeof openIndicatorSet> | null = null;
  readonly #uplink: Uplink;
  readonly #spool: Spool;
  #offered: string | null = null;

  constructor(url: string) {
    const stateDir = join(directory, 'agent');
    this.#spool = new Spool({ directory: join(stateDir, 'audit'), agent: 'web-1', clock: systemClock, log });
    this.#uplink = new Uplink({
      client: new HttpClient({ url }),
      identity: loadIdentity(stateDir),
      ...{ node: 'web-1', labels: { role: 'web' }, trust: null, spool: this.#spool, log },
      joinToken: () => 'a-join-token-for-tests-only',
      onEnrolled: () => undefined,
      offeredDigest: () => this.#offered,
      onBundle: (offered) => {
        const { digest, payload } = offered as SignedBundle;
        this.#offered = digest;
        this.desk.want((JSON.parse(payload) as Bundle).indicators);
        return Promise.resolve(true);
      },
      heartbeat: () => {
        throw new Error('this agent has no heart');
      },
    });
    this.desk = new IndicatorDesk({
      store: new IndicatorStore(join(stateDir, 'indicators')),
      download: async (digest, take, signal) => await this.#uplink.fetchIndicators(digest, take, signal),
      use: (path) => {
        this.#inForce = path === null ? null : openIndicatorSet(new Uint8Array(readFileSync(path)));
        return Promise.resolve(this.#inForce);
      },
      audit: (event) => this.events.push(event),
      log,
      retryMsMin: 50,
    });
  }

  connect(): this {
    this.#uplink.start();
    return this;
  }

  verdictOf(address: string): string {
    return this.#inForce?.verdictOf(addressBytes(address)) ?? 'no set';
  }

  feeds(): unknown {
    return this.#inForce?.feeds;
  }

  async close(): Promise<void> {
    await this.desk.close();
    await this.#uplink.close();
    await this.#spool.close();
  }
}

const verdicts = async (expected: Record<string, string>): Promise<void> => {
  await vi.waitFor(() => {
    const actual = Object.keys(expected).map((address) => [address, agent?.verdictOf(address)]);
    expect(Object.fromEntries(actual)).toEqual(expected);
  }, within);
};

const statusOf = async (url: string): Promise<ControllerStatus> =>
  (await (await fetch(`${url}/v1/status`)).json()) as ControllerStatus;

test('what publishers list is in force on the agent, less what nobody may list', async () => {
  lists.set('/one', '45.0.0.1\n45.0.1.0/24\n10.0.0.1\n203.0.113.7\n');
  push('/one', '45.0.0.2\n2a00:1:2::7\n', '[45.0.1.0/24]');
  const url = await start();
  agent = new Agent(url).connect();
  await verdicts({
    '45.0.0.1': 'count',
    '45.0.0.2': 'drop',
    '2a00:1:2::7': 'drop',
    '45.0.1.9': 'none',
    '10.0.0.1': 'none',
    '203.0.113.7': 'none',
  });
  expect(agent.feeds()).toEqual([
    { name: 'listed', action: 'count', credit: 'A publisher', entries: 1 },
    { name: 'own', action: 'drop', entries: 2 },
  ]);
  const { wanted, effective, failed } = agent.desk.standing;
  expect([effective, failed]).toEqual([wanted, null]);
  expect(agent.events).toEqual([{ kind: 'indicators.loaded', body: { digest: wanted, entries: 3 } }]);
  expect((await statusOf(url)).feeds).toMatchObject([
    { name: 'listed', entries: 2, leftOut: 2, error: null },
    { name: 'own', entries: 2, leftOut: 0, error: null },
  ]);
});

test('a publisher that fails takes nothing away, and no policy waits for it', async () => {
  push('/broken', '45.0.0.3\n');
  await verdicts({ '45.0.0.1': 'count', '45.0.0.2': 'none', '45.0.0.3': 'drop' });
  const [listed] = (await statusOf(controller?.url ?? '')).feeds ?? [];
  expect(listed).toMatchObject({ name: 'listed', entries: 2, error: 'the server answered 500' });
});

test('an agent that starts with the controller dead uses the set on its disk', async () => {
  const { wanted } = agent!.desk.standing;
  const named = { digest: wanted ?? '', bytes: 1, addresses: 0, prefixes: 0, feeds: [] };
  await agent!.close();
  await controller!.stop('SIGKILL');
  agent = new Agent(controller!.url);
  agent.desk.want(named);
  await verdicts({ '45.0.0.1': 'count', '45.0.0.3': 'drop' });
  // One that it does not have: what it has stays.
  agent.desk.want({ ...named, digest: `sha256:${'0'.repeat(64)}` });
  await vi.waitFor(() => {
    expect(agent?.desk.standing).toMatchObject({ effective: wanted, failed: { stage: 'download' } });
  }, within);
  await verdicts({ '45.0.0.1': 'count', '45.0.0.3': 'drop' });
  await agent.close();
});

test('the controller comes back: the next policy brings the next set', async () => {
  lists.set('/two', '45.0.0.4\n');
  push('/two', '45.0.0.5\n');
  agent = new Agent(await start()).connect();
  await verdicts({ '45.0.0.1': 'none', '45.0.0.3': 'none', '45.0.0.4': 'count', '45.0.0.5': 'drop' });
  push('/two', '');
  await verdicts({ '45.0.0.4': 'count', '45.0.0.5': 'drop' });
});
