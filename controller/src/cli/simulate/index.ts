/** Simulations from files: a policy on recorded traffic, and beside it the policy of another revision. */
import { TrafficReader, simulationDocument, type TrafficFacts } from '@tidegate/agent/engine/simulate';
import type { Bundle, Simulation } from '@tidegate/schemas';
import { readCapture } from '../analyze/read-capture.ts';
import { printable, type Io } from '../io.ts';
import { progress } from '../progress.ts';
import type { BasePolicy } from './policy.ts';
import { Runs } from './runs.ts';

export { basePolicy, chosenBundle, readPolicy } from './policy.ts';
export { simulationText } from './text.ts';

export interface TrafficFile {
  /** `-` for standard input. */
  readonly path: string;
  /** What messages call it. @default the path */
  readonly name?: string;
  /** @default whichever it is */
  readonly kind?: TrafficFacts['kind'];
}

/** Feeds a file to the runs. What of it could not be read is said on the side. */
export async function feed(io: Io, runs: Runs, file: TrafficFile, bundle: Bundle): Promise<TrafficFacts> {
  const { path, name = path, kind } = file;
  const traffic = new TrafficReader({
    ...{ name, sink: runs, protect: bundle.protect },
    ...(kind === undefined ? {} : { kind }),
  });
  const { cut } = await readCapture(path, (chunk) => {
    traffic.push(chunk);
  });
  const facts = traffic.end(cut);
  if (facts.cut !== null) io.err(`partial: ${printable(`${name}: ${facts.cut}`)}\n`);
  return facts;
}

/** What the policy does on the traffic of a file. */
export async function simulateFile(
  io: Io,
  file: TrafficFile,
  bundle: Bundle,
  base: BasePolicy | null,
): Promise<Simulation> {
  const show = progress(io, 'windows');
  const runs = new Runs(bundle, base?.bundle ?? null, show.update);
  try {
    const { kind, windowsLost } = await feed(io, runs, file, bundle);
    const outcome = runs.outcome(file.path);
    return simulationDocument({
      ...{ bundle, outcome, kind, windowsLost, startedAtMs: runs.startedAtMs },
      base: base === null ? null : { commit: base.commit, outcome: runs.baseOutcome(outcome) },
    });
  } finally {
    show.end();
  }
}
