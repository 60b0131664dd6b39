/**
 * `npm run bench -- detection`: how well attacks are seen, and how often something else is taken for one.
 *
 * What it promises: for each of 20 seeds (`--seeds N`), one node's traffic over two weeks to learn and one of test, at ten
 * readings a second (engine/generator/rates), goes through the stages of the agent and, in the same run, through three
 * re-implemented detectors of other kinds (detection/references). What counts as seen, held and false is written in
 * detection/judge.ts; nothing is excused that another detector is not excused as well.
 *
 * Seeds come from the commit hash, and are printed: nobody can tune to them. For tuning use `--tuning`, whose seeds are
 * `tune-0`, `tune-1`, …; `--seeds 2 --tuning --no-references` is the quickest look, and `--families syn_flood,udp_flood`
 * looks at some families alone. The text format lists every miss, every late alarm and every false one, with its reason.
 */
import { allFigures } from './detection/figures.ts';
import { runCampaign } from './detection/campaign.ts';
import { readOptions } from './detection/options.ts';
import { renderReport } from './detection/report.ts';
import { commitHash, evaluationSeeds, tuningSeeds } from './detection/seeds.ts';

const options = readOptions(process.argv.slice(2));
try {
  const seeds = options.isTuning ? tuningSeeds(options.seeds) : evaluationSeeds(commitHash(), options.seeds);
  const startedAtMs = performance.now();
  const results = await runCampaign(options, seeds);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const traffic = results.reduce((sum, { trafficSeconds }) => sum + trafficSeconds, 0);
  const figures = {
    ...allFigures(results),
    seeds: results.length,
    trafficSecondsPerSecond: Math.round(traffic / seconds),
  };
  const text = renderReport(results);
  (options.format === 'json' ? process.stderr : process.stdout).write(text);
  if (options.format === 'json')
    process.stdout.write(`${JSON.stringify({ schema: 'tidegate/bench/v1', name: 'detection', figures })}\n`);
} catch (error) {
  process.stderr.write(
    `detection: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 2;
}
