/** Arguments of the bench; a wrong one ends the process with exit code 2 and says what is right. */
import { parseArgs } from 'node:util';

export interface Options {
  /** @default 200 */
  readonly attacks: number;
  /** Order and beginnings of the attacks follow from it. @default 1 */
  readonly seed: string;
  /** @default text */
  readonly format: 'text' | 'json';
}

export function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      options: {
        attacks: { type: 'string', default: '200' },
        seed: { type: 'string', default: '1' },
        format: { type: 'string', default: 'text' },
      },
    });
    const { attacks, seed, format } = values;
    if (format !== 'text' && format !== 'json') throw new Error(`--format ${format}: use text or json`);
    if (!/^[1-9]\d{0,4}$/.test(attacks))
      throw new Error(`--attacks ${attacks}: use a number from 1 to 99999`);
    if (process.getuid?.() !== 0) throw new Error('namespaces and XDP take root');
    return { attacks: Number(attacks), seed, format };
  } catch (error) {
    process.stderr.write(`line: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}
