import { main } from '../cli/main.ts';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The last line on standard output, parsed. */
  readonly json: () => unknown;
}

/** Runs a `tidegate` command in this process. */
export async function cli(...args: string[]): Promise<CliResult> {
  let [out, err] = ['', ''];
  const code = await main(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    isTerminal: false,
    untilStopped: () => Promise.resolve(),
  });
  return { code, out, err, json: () => JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as unknown };
}
