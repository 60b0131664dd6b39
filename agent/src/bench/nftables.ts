/**
 * What the nftables backend costs, in an empty network namespace of its own: milliseconds per call with 1, 16 and 64
 * rules in force, and how long the event loop took to come round meanwhile. Needs root.
 *
 * `npm run bench -- nftables`
 */
import { execFileSync } from 'node:child_process';
import { openNftablesBackend, type NftablesBackend } from '../actions/nftables/index.ts';
import type { RuleRequest } from '../actions/backend.ts';
import { inNamespace } from '../testkit/frames/index.ts';

const rounds = 100;
const namespace = `tg-${process.pid}-b`;

const rule = (number: number): RuleRequest => ({
  id: `mit-${number.toString(16).padStart(16, '0')}`,
  match: {
    destination: `198.51.100.${number % 250}/32`,
    protocol: 17,
    sourcePorts: [{ from: 53, to: 53 }],
    packetLengths: [{ from: 1200, to: 1400 }],
  },
  ttlMs: 600_000,
  verdict: 'drop',
});

const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((left, right) => left - right);
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(3));
};

async function timed(step: () => Promise<unknown>, into: number[]): Promise<void> {
  const from = performance.now();
  await step();
  into.push(performance.now() - from);
}

/** With `inForce` rules while one more comes and goes. */
async function measure(backend: NftablesBackend, inForce: number): Promise<Record<string, number>> {
  const times = {
    apply: [] as number[],
    renew: [] as number[],
    readBack: [] as number[],
    remove: [] as number[],
  };
  for (let number = 1; number < inForce; number++) await backend.apply(rule(number));
  const last = rule(0xffff);
  for (let round = 0; round < rounds; round++) {
    await timed(() => backend.apply(last), times.apply);
    await timed(() => backend.apply(last), times.renew);
    await timed(() => backend.readBack(last.id), times.readBack);
    await timed(() => backend.remove(last.id), times.remove);
  }
  await backend.removeAll();
  return Object.fromEntries(
    Object.entries(times).flatMap(([name, values]) => [
      [`${name}Ms${inForce}RulesP50`, percentile(values, 0.5)],
      [`${name}Ms${inForce}RulesP99`, percentile(values, 0.99)],
    ]),
  );
}

/** Times between turns of the loop, which nothing but the backend uses: 1 ms where nothing holds it. */
function watchLoop(): () => number[] {
  const gaps: number[] = [];
  let lastMs = performance.now();
  const turn = setInterval(() => {
    const nowMs = performance.now();
    gaps.push(nowMs - lastMs);
    lastMs = nowMs;
  }, 1);
  return () => {
    clearInterval(turn);
    return gaps;
  };
}

execFileSync('ip', ['netns', 'add', namespace]);
process.on('exit', () => execFileSync('ip', ['netns', 'del', namespace]));
const backend = await inNamespace(namespace, () =>
  openNftablesBackend({ instance: namespace, safelist: [] }),
);
await measure(backend, 1);
const stopWatching = watchLoop();
const figures: Record<string, number> = {};
for (const inForce of [1, 16, 64]) Object.assign(figures, await measure(backend, inForce));
const gaps = stopWatching();
figures['loopTurnMsP99'] = percentile(gaps, 0.99);
figures['loopTurnMsMax'] = percentile(gaps, 1);
backend.close();
console.log(JSON.stringify({ schema: 'tidegate/bench/v1', name: 'nftables', figures }));
