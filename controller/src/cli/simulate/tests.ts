/** PolicyTests: each one on its traffic, and whether its claims hold. */
import { realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import {
  failuresOf,
  scenarioStartedAt,
  scenarioWindows,
  type SimulationOutcome,
} from '@tidegate/agent/engine/simulate';
import { TidegateError, type Bundle, type PolicyDocument, type TestResults } from '@tidegate/schemas';
import type { PolicyTree } from '../../policy/repository.ts';
import { reasonOf } from '../../ports.ts';
import type { Io } from '../io.ts';
import { progress } from '../progress.ts';
import { feed } from './index.ts';
import { chosenBundle, readPolicy } from './policy.ts';
import { Runs } from './runs.ts';

export { testFormats } from './test-formats.ts';

type TestResult = TestResults['tests'][number];
type PolicyTestDocument = Extract<PolicyDocument, { kind: 'PolicyTest'; valid: true }>;

/** Runs every test of a policy, by name. A policy that the controller would refuse is an error TG1015. */
export async function runTests(io: Io, folder: string, tree: PolicyTree): Promise<TestResults> {
  const { documents, bundles } = readPolicy(tree, folder);
  const show = progress(io, 'policy tests run');
  const tests: TestResult[] = [];
  for (const test of testsOf(documents)) {
    tests.push(await runTest({ io, folder, bundles }, test));
    show.update(tests.length);
  }
  show.end();
  const count = (wanted: TestResult['outcome']): number =>
    tests.filter(({ outcome }) => outcome === wanted).length;
  return {
    schema: 'tidegate/test-results/v1',
    tests,
    passed: count('passed'),
    failed: count('failed'),
    errors: count('error'),
  };
}

const testsOf = (documents: readonly PolicyDocument[]): PolicyTestDocument[] =>
  documents
    .filter((document): document is PolicyTestDocument => document.valid && document.kind === 'PolicyTest')
    .sort((a, b) => (a.name < b.name ? -1 : 1));

interface Surroundings {
  readonly io: Io;
  readonly folder: string;
  readonly bundles: readonly Bundle[];
}

/** What keeps a test from running is its outcome: the others run all the same. */
async function runTest({ io, folder, bundles }: Surroundings, test: PolicyTestDocument): Promise<TestResult> {
  const { name, file, spec } = test;
  const lineOf = (path: string): number => test.positionOf(path, 'value').line;
  const about = { name, file, line: lineOf('/metadata/name'), group: spec.given.group };
  try {
    const outcome = await outcomeOf(io, folder, chosenBundle(bundles, spec.given.group), test);
    const failures = failuresOf(spec, outcome).map((failure) => ({
      ...failure,
      line: lineOf(failure.claim),
    }));
    const { incidents, packets, collateral } = outcome;
    return {
      ...about,
      outcome: failures.length === 0 ? 'passed' : 'failed',
      failures,
      error: null,
      incidents: [...incidents],
      packets,
      collateral,
    };
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    const { code, message } = error;
    const nothing = { failures: [], incidents: [], packets: null, collateral: null };
    return { ...about, outcome: 'error', error: { code, message }, ...nothing };
  }
}

async function outcomeOf(
  io: Io,
  folder: string,
  bundle: Bundle,
  { spec }: PolicyTestDocument,
): Promise<SimulationOutcome> {
  const { recording, pcap, scenario } = spec.given;
  const runs = new Runs(bundle, null);
  if (scenario !== undefined) {
    runs.begin(Date.parse(scenarioStartedAt));
    for (const { reading, labels } of scenarioWindows(scenario, bundle.protect)) runs.window(reading, labels);
    return runs.outcome('the scenario');
  }
  const name = recording ?? pcap ?? '';
  const kind = recording === undefined ? 'pcap' : 'recording';
  await feed(io, runs, { path: insideOf(folder, name), name, kind }, bundle);
  return runs.outcome(name);
}

/** Tests run in pull requests: what they read lies in the policy folder, also behind links. */
function insideOf(folder: string, name: string): string {
  let path: string;
  try {
    path = realpathSync(join(folder, name));
  } catch (cause) {
    throw new TidegateError('TG5003', `${name} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  if (path.startsWith(realpathSync(folder) + sep)) return path;
  throw new TidegateError('TG5003', `${name} lies outside of the policy folder`);
}
