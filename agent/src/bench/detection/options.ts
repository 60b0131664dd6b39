/** Arguments of the bench; a wrong one ends the process with exit code 2 and says what is right. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export interface Options {
  /** Nodes, each with its weeks; 0 for none. @default 20 */
  readonly seeds: number;
  /** Attacks drawn of each family for naming and rules; 0 for none. @default 40 */
  readonly draws: number;
  /** Legitimate captures of which nothing may be called an attack. @default 1000 */
  readonly captures: number;
  /** Worker threads. @default one a core */
  readonly jobs: number;
  /** Seeds for tuning, which are always the same, instead of those of the commit. @default false */
  readonly isTuning: boolean;
  /** The three detectors to compare with. @default true */
  readonly withReferences: boolean;
  /** Attack families, for a look at some of them. @default all */
  readonly families: readonly string[] | null;
  /** Days to learn, and days of the test. @default 14 and 7 */
  readonly learningDays: number;
  readonly testDays: number;
  /** Goes on where a file of outcomes says that an evaluation was cut off, and writes on in it. @default none */
  readonly journal: string | null;
  /** The commit that the seeds are of; what is evaluated must not have changed since. @default the one that is checked out */
  readonly commit: string | null;
  /** @default text */
  readonly format: 'text' | 'json';
}

const usage =
  'npm run bench -- detection [--seeds N] [--draws N] [--captures N] [--jobs N] [--tuning] [--no-references] [--families a,b] [--learning-days N] [--test-days N] [--journal FILE] [--commit HASH] [--format text|json]';

export function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      allowNegative: true,
      options: {
        seeds: { type: 'string', default: '20' },
        draws: { type: 'string', default: '40' },
        captures: { type: 'string', default: '1000' },
        jobs: { type: 'string', default: String(availableParallelism()) },
        tuning: { type: 'boolean', default: false },
        references: { type: 'boolean', default: true },
        families: { type: 'string' },
        'learning-days': { type: 'string', default: '14' },
        'test-days': { type: 'string', default: '7' },
        journal: { type: 'string' },
        commit: { type: 'string' },
        format: { type: 'string', default: 'text' },
      },
    });
    const { format } = values;
    if (format !== 'text' && format !== 'json') throw new Error(`--format ${format}: use text or json`);
    return {
      seeds: whole('--seeds', values.seeds, 0, 1000),
      draws: whole('--draws', values.draws, 0, 10_000),
      captures: whole('--captures', values.captures, 0, 100_000),
      jobs: whole('--jobs', values.jobs, 1, 64),
      isTuning: values.tuning,
      withReferences: values.references,
      families: values.families === undefined ? null : values.families.split(','),
      learningDays: whole('--learning-days', values['learning-days'], 0, 60),
      testDays: whole('--test-days', values['test-days'], 1, 60),
      journal: values.journal ?? null,
      commit: values.commit ?? null,
      format,
    };
  } catch (error) {
    process.stderr.write(`detection: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    process.exit(2);
  }
}

function whole(name: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < from || value > to)
    throw new Error(`${name} ${text}: use a whole number from ${String(from)} to ${String(to)}`);
  return value;
}
