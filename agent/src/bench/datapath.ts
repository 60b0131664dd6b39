/**
 * `npm run bench -- datapath`: what the kernel program costs per packet, beside xdp-filter; what a million indicators add;
 * and whether a flood at full rate is counted packet by packet.
 *
 * Every contender is attached natively to a veth interface of its own and receives the same live packets: the mix of
 * testkit/mix/kinds.ts (35 kinds of packets; sources, lengths and protocols vary) drawn from `--seed S`, 1,000,000 in a
 * run, from one CPU. Contenders take turns, `--pairs N` rounds (9 where nothing is said), in alternating order. A run's
 * cost is the kernel's own account (BPF_ENABLE_STATS): time in the program by times it ran, from which nothing is
 * subtracted; `floorNs` is the same for a program that does nothing, which is the cost of taking the time. Behind XDP
 * packets end in the same sink for all.
 *
 * Ours counts, samples and has a ceiling on every class, a safelist and 64 rules (datapath/rules.ts); xdp-filter has all
 * its features and 64 entries (datapath/xdp-filter.ts). Both drop the same kinds of the mix. What the figures are is said
 * in datapath/figures.ts; `loadAverage` tells what else the machine did when it began: caches are shared, so figures of a
 * busy machine are higher, and those of programs with large maps more so.
 *
 * Everything is in namespaces of its own, and gone when it ends. Needs root, and Debian's xdp-tools.
 */
import { loadavg } from 'node:os';
import { measureAgent } from './datapath/agent.ts';
import { measureCeiling } from './datapath/ceiling.ts';
import { measureCosts } from './datapath/costs.ts';
import { hasMillion, pushMillion } from './datapath/feed.ts';
import {
  agentFigures,
  ceilingFigures,
  costFigures,
  liveFigures,
  millionFigures,
  swapFigures,
} from './datapath/figures.ts';
import { measureLive } from './datapath/live.ts';
import { measureMillion } from './datapath/million.ts';
import { readOptions } from './datapath/options.ts';
import { renderReport } from './datapath/report.ts';
import { setStage } from './datapath/stage.ts';
import { measureSwap } from './datapath/swap.ts';

const options = readOptions(process.argv.slice(2));
// With a listener of our own the process ends through `exit`, where everything is removed.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
try {
  const loadAverage = Math.round(loadavg()[0]! * 100) / 100;
  const stage = setStage(options);
  try {
    const costs = await measureCosts(stage);
    const million = await measureMillion(stage, costs.full);
    const swap = await measureSwap(stage, million.contender, million.path);
    const live = await measureLive(stage);
    const ceiling = await measureCeiling(stage);
    const agent = await measureAgent(stage, 'agent');
    const withMillion = await measureAgent(
      stage,
      'agentm',
      (scene) => {
        pushMillion(scene, options.seed);
      },
      hasMillion,
    );
    stage.say('');
    const figures = {
      ...costFigures(costs),
      ...millionFigures(million),
      ...swapFigures(swap),
      ...liveFigures(live),
      ...ceilingFigures(ceiling),
      ...agentFigures(agent, withMillion),
      loadAverage,
    };
    (options.format === 'json' ? process.stderr : process.stdout).write(renderReport(costs.runs, figures));
    if (options.format === 'json')
      process.stdout.write(`${JSON.stringify({ schema: 'tidegate/bench/v1', name: 'datapath', figures })}\n`);
  } finally {
    await stage.undo.run();
  }
} catch (error) {
  process.stderr.write(
    `datapath: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 2;
}
