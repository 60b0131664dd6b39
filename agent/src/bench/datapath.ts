/**
 * `npm run bench -- datapath`: what the kernel program costs per packet, beside xdp-filter.
 *
 * Every contender is attached natively to a veth interface of its own and receives the same live packets: the mix of
 * testkit/mix/kinds.ts (44 kinds of packets; sources, lengths and protocols vary) drawn from `--seed S`, 1,000,000 in a
 * run, from one CPU. Contenders take turns, `--pairs N` rounds (9 where nothing is said), in alternating order. A run's
 * cost is the kernel's own account (BPF_ENABLE_STATS): time in the program by times it ran, from which nothing is
 * subtracted; `floorNs` is the same for a program that does nothing, which is the cost of taking the time.
 *
 * Figures: medians, `…NsMin` and `…NsMax` beside them; ratios are the median of the ratios within the rounds.
 *
 * Everything is in namespaces of its own, and gone when it ends. Needs root, and Debian's xdp-tools.
 */
import { figuresOf } from './datapath/figures.ts';
import { readOptions } from './datapath/options.ts';
import { renderReport } from './datapath/report.ts';
import { runCosts } from './datapath/costs.ts';

const options = readOptions(process.argv.slice(2));
// With a listener of our own the process ends through `exit`, where everything is removed.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
try {
  const runs = await runCosts(options);
  const figures = figuresOf(runs);
  (options.format === 'json' ? process.stderr : process.stdout).write(renderReport(runs, figures));
  if (options.format === 'json')
    process.stdout.write(`${JSON.stringify({ schema: 'tidegate/bench/v1', name: 'datapath', figures })}\n`);
} catch (error) {
  process.stderr.write(
    `datapath: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 2;
}
