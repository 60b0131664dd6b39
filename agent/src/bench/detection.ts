/**
 * `npm run bench -- detection`: how well attacks are seen and named, and how often something else is taken for one.
 *
 * What it promises:
 *
 * - **Seeing.** For each of 20 seeds (`--seeds N`), one node's traffic over two weeks to learn and one of test, at ten
 *   readings a second (engine/generator/rates), goes through the stages of the agent and, in the same run, through three
 *   re-implemented detectors of other kinds (detection/references). What counts as seen, held and false is written in
 *   detection/judge.ts; nothing is excused that another detector is not excused as well.
 * - **Naming.** For each family 40 attacks (`--draws N`) among legitimate traffic, packet by packet, and 1,000 legitimate
 *   captures (`--captures N`): what each is called, what the suggested rule covers and whom else it hits
 *   (detection/families.ts).
 *
 * Seeds come from the commit hash, and are printed: nobody can tune to them. For tuning use `--tuning`, whose seeds are
 * `tune-0`, `tune-1`, …: `--tuning --seeds 2 --draws 0 --captures 0 --no-references` is the quickest look at the
 * detector, `--seeds 0` at the classifier, and `--families syn_flood,udp_flood` looks at some families alone. The text
 * lists every miss, every late alarm and every false one, with its reason. With
 * `--journal FILE` a run that was cut off goes on, later with `--commit HASH`. It uses what was built: `tsc -b` before.
 */
import { attackFamilies } from '../engine/generator/index.ts';
import { runJobs } from './detection/campaign.ts';
import type { Score } from './detection/families.ts';
import { allFigures, namingFigures } from './detection/figures.ts';
import { EvaluationJournal } from './detection/journal.ts';
import { readOptions } from './detection/options.ts';
import type { Options } from './detection/options.ts';
import { jobText, renderReport } from './detection/report.ts';
import type { SeedResult } from './detection/run.ts';
import { commitHash, evaluatedCommit, evaluationSeeds, tuningSeeds } from './detection/seeds.ts';
import type { Job, Outcome } from './detection/worker.ts';

const options = readOptions(process.argv.slice(2));
try {
  // One seed more than there are weeks: it is that of the captures.
  const count = options.seeds + 1;
  const commit = options.commit === null ? commitHash() : evaluatedCommit(options.commit);
  const seeds = options.isTuning ? tuningSeeds(count) : evaluationSeeds(commit, count);
  const journal = options.journal === null ? null : new EvaluationJournal(options.journal, commit);
  const startedAtMs = performance.now();
  const jobs = jobsOf(options, seeds);
  const known = jobs.flatMap((job) => journal?.outcomeOf(job) ?? []);
  const left = jobs.filter((job) => (journal?.outcomeOf(job) ?? null) === null);
  const fresh = await runJobs(left, options.jobs, (job, outcome) => {
    process.stderr.write(`${jobText(job, outcome)}\n`);
    journal?.add(job, outcome);
  });
  const outcomes = [...known, ...fresh];
  const seconds = (performance.now() - startedAtMs) / 1000;
  const weeks = outcomes.flatMap((outcome): SeedResult[] =>
    outcome.type === 'weeks' ? [outcome.result] : [],
  );
  const scoresOf = (type: Outcome['type']): Score[] =>
    outcomes.flatMap((outcome) =>
      outcome.type === type && outcome.type !== 'weeks' ? [...outcome.scores] : [],
    );
  const [attacks, benign] = [scoresOf('family'), scoresOf('benign')];
  const traffic = fresh.reduce(
    (sum, outcome) => sum + (outcome.type === 'weeks' ? outcome.result.trafficSeconds : 0),
    0,
  );
  const figures = {
    ...allFigures(weeks),
    ...namingFigures(attacks, benign),
    seeds: weeks.length,
    trafficSecondsPerSecond: Math.round(traffic / seconds),
  };
  const text = renderReport({ seeds, weeks, attacks, benign });
  (options.format === 'json' ? process.stderr : process.stdout).write(text);
  if (options.format === 'json')
    process.stdout.write(`${JSON.stringify({ schema: 'tidegate/bench/v1', name: 'detection', figures })}\n`);
} catch (error) {
  process.stderr.write(
    `detection: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 2;
}

/** The longest first. */
function jobsOf(chosen: Options, seeds: readonly string[]): Job[] {
  const { draws, captures, families, withReferences, learningDays, testDays } = chosen;
  const weeks = seeds
    .slice(0, chosen.seeds)
    .map((seed): Job => ({ type: 'weeks', seed, families, withReferences, learningDays, testDays }));
  const seed = seeds.at(-1)!;
  const names = attackFamilies.map(({ name }) => name).filter((name) => families?.includes(name) ?? true);
  const drawn = draws === 0 ? [] : names.map((family): Job => ({ type: 'family', seed, family, draws }));
  const parts = Math.min(10, captures);
  const legitimate = Array.from({ length: parts }, (_, part): Job => ({
    type: 'benign',
    seed: `${seed} part ${String(part)}`,
    captures: Math.floor(captures / parts) + (part < captures % parts ? 1 : 0),
  }));
  return [...weeks, ...drawn, ...legitimate];
}
