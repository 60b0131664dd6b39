/**
 * `npm run bench -- line`: how long an attack lasts for the victim, through the real agent, controller and kernel.
 *
 * What it promises: for each of 200 floods (`--attacks N` for another number, `--seed S` for others), the time from the
 * first attack packet at the victim (the kernel's time stamp, taken behind XDP) to the **verified drop**, the first
 * moment at which all of this holds:
 *
 * 1. the agent has recorded the receipt `effective` of a rule against that target: the rule was read back from the
 *    kernel by its name, and its own counter rose since the receipt `installed`;
 * 2. the probe behind XDP, which knows nothing of the agent, sees at most 5 % of the offered packets in every 10 ms
 *    from then to the end of the flood (line/drop.ts);
 *
 * and before the flood ends the rule of that name is found in the kernel, past the agent, with a counter that goes on
 * rising (line/verdict.ts).
 *
 * Floods begin at random against the tick (uniform over its 100 ms), rotate over families and over IPv4 and IPv6
 * targets, and meet an agent that knows its legitimate traffic. An attack without a verified drop counts as a failure,
 * with the length of its flood, and stays in every percentile. Times of records are rounded up to the next ms.
 *
 * Everything is in namespaces of its own, and gone when it ends. Needs root.
 */
import { availableParallelism } from 'node:os';
import { runCampaign } from './line/campaign.ts';
import { figuresOf } from './line/figures.ts';
import { readOptions } from './line/options.ts';
import { judge } from './line/verdict.ts';
import { renderReport } from './line/report.ts';

const options = readOptions(process.argv.slice(2));
try {
  const { observations, records, ticks } = await runCampaign(options);
  const verdicts = observations.map((seen) => judge(seen, records));
  const figures = figuresOf(verdicts, ticks);
  const text = renderReport(verdicts, figures, availableParallelism());
  (options.format === 'json' ? process.stderr : process.stdout).write(text);
  if (options.format === 'json')
    process.stdout.write(`${JSON.stringify({ schema: 'tidegate/bench/v1', name: 'line', figures })}\n`);
} catch (error) {
  process.stderr.write(`line: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
}
