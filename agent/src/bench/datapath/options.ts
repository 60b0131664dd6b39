/** Arguments of the bench; a wrong one ends the process with exit code 2 and says what is right. */
import { parseArgs } from 'node:util';

const packetsPerRun = 1_000_000;

export interface Options {
  /** Rounds, in each of which every contender has one run. @default 9 */
  readonly pairs: number;
  /** In one run. */
  readonly packets: number;
  /** The packets follow from it. @default 1 */
  readonly seed: string;
  /** @default text */
  readonly format: 'text' | 'json';
}

export function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      options: {
        pairs: { type: 'string', default: '9' },
        seed: { type: 'string', default: '1' },
        format: { type: 'string', default: 'text' },
      },
    });
    const { pairs, seed, format } = values;
    if (format !== 'text' && format !== 'json') throw new Error(`--format ${format}: use text or json`);
    if (!/^[1-9]\d{0,2}$/.test(pairs)) throw new Error(`--pairs ${pairs}: use a number from 1 to 999`);
    if (process.getuid?.() !== 0) throw new Error('namespaces and XDP take root');
    return { pairs: Number(pairs), packets: packetsPerRun, seed, format };
  } catch (error) {
    process.stderr.write(`datapath: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}
