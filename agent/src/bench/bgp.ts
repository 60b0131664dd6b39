/**
 * `npm run bench -- bgp`: how long a route takes to the table of a neighbour. A real gobgpd, told through gRPC, and a real
 * BIRD behind a BGP session, both on loopback in a network namespace. Needs root, gobgpd and bird.
 *
 * - `announceMsP50`, `announceMsP95`: from the call to the rule in BIRD's table, one at a time among `standing` others;
 *   `withdrawMsP50`, `withdrawMsP95`: until it is gone
 * - `holdMsP95`: the same through the keeper, which checks the rails, writes the wish down durably, and reads back
 * - `bulk1000Ms`, `bulkWithdraw1000Ms`: 1,000 rules at once, until the last one is there, or gone
 * - `probeMsP50`: one look at BIRD's table, which all of the figures above contain
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BgpRoute } from '@tidegate/schemas/bgp';
import { connectToGobgp } from '../actions/bgp/gobgp/index.ts';
import { RouteKeeper } from '../actions/bgp/keeper/index.ts';
import type { BgpSpeaker } from '../actions/bgp/speaker.ts';
import { connectToBird } from '../testkit/bgp/bird-client.ts';
import type { BirdClient } from '../testkit/bgp/bird-client.ts';
import { startBgpPair } from '../testkit/bgp/index.ts';
import { percentile } from './line/percentile.ts';

const standing = 100;
const rounds = 200;
const bulk = 1000;

const rule = (index: number): BgpRoute => ({
  kind: 'flowspec',
  rule: {
    match: {
      family: 4,
      destination: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`,
      protocols: [{ from: 17, to: 17 }],
      sourcePorts: [{ from: 53, to: 53 }],
    },
    actions: [{ type: 'discard' }],
  },
  communities: [],
});
const rules = (from: number, count: number): BgpRoute[] =>
  Array.from({ length: count }, (_, index) => rule(from + index));

/** What `work` takes until BIRD has so many routes, ms. */
async function timed(bird: BirdClient, count: number, work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  const done = work();
  while ((await bird.count('flowtab4')) !== count);
  const tookMs = performance.now() - startMs;
  await done;
  return tookMs;
}

async function measure(speaker: BgpSpeaker, bird: BirdClient): Promise<Record<string, number>> {
  await timed(bird, standing, async () => {
    await speaker.announce(rules(0, standing));
  });
  const [announce, withdraw, probe]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    const one = rules(standing + round, 1);
    announce.push(
      await timed(bird, standing + 1, async () => {
        await speaker.announce(one);
      }),
    );
    withdraw.push(
      await timed(bird, standing, async () => {
        await speaker.withdraw(one);
      }),
    );
    probe.push(await timed(bird, standing, () => Promise.resolve()));
  }
  const many = rules(10_000, bulk);
  const bulkMs = await timed(bird, standing + bulk, async () => {
    await speaker.announce(many);
  });
  const bulkWithdrawMs = await timed(bird, standing, async () => {
    await speaker.withdraw(many);
  });
  await timed(bird, 0, async () => {
    await speaker.withdraw(rules(0, standing));
  });
  return {
    announceMsP50: percentile(announce, 0.5, 0),
    announceMsP95: percentile(announce, 0.95, 0),
    withdrawMsP50: percentile(withdraw, 0.5, 0),
    withdrawMsP95: percentile(withdraw, 0.95, 0),
    bulk1000Ms: bulkMs,
    bulkWithdraw1000Ms: bulkWithdrawMs,
    probeMsP50: percentile(probe, 0.5, 0),
  };
}

async function measureKeeper(speaker: BgpSpeaker, bird: BirdClient): Promise<Record<string, number>> {
  const directory = mkdtempSync(join(tmpdir(), `tg-${process.pid}-bench-bgp-`));
  const silent = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const keeper = new RouteKeeper({
    speaker,
    path: join(directory, 'leases.json'),
    rails: {
      owned: ['10.0.0.0/8'],
      peerings: [],
      flowspecLengthMin: { 4: 24, 6: 48 },
      blackholeLengthMin: { 4: 32, 6: 128 },
      routesMax: 10_000,
      perMinute: 10_000,
      blackholedShareMax: 1,
    },
    wallMs: () => Date.now(),
    log: silent,
  });
  try {
    await keeper.start();
    const untilMs = Date.now() + 600_000;
    const hold: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const lease = { id: String(round), route: rule(round), untilMs };
      hold.push(
        await timed(bird, round + 1, async () => {
          await keeper.hold([lease]);
        }),
      );
    }
    return { holdMsP50: percentile(hold, 0.5, 0), holdMsP95: percentile(hold, 0.95, 0) };
  } finally {
    await keeper.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
const pair = await startBgpPair();
try {
  const speaker = await connectToGobgp({ address: pair.address });
  const bird = await connectToBird(pair.control);
  const all = { ...(await measure(speaker, bird)), ...(await measureKeeper(speaker, bird)) };
  const figures = Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, Number(value.toFixed(2))]),
  );
  console.log(JSON.stringify({ schema: 'tidegate/bench/v1', name: 'bgp', figures }));
  bird.close();
  speaker.close();
} catch (error) {
  process.stderr.write(`bgp: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
} finally {
  await pair.stop();
}
