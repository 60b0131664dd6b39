import { TidegateError } from '@tidegate/schemas';
import { reasonOf } from '../ports.ts';

/** What a command sees of the world: data goes out, messages go to the side, a person may stop it. */
export interface Io {
  /** Data, with its newlines. */
  readonly out: (text: string) => void;
  /** Messages for a person, with their newlines. */
  readonly err: (text: string) => void;
  /** Whether a person watches the messages. */
  readonly isTerminal: boolean;
  /** Resolves when the process is asked to stop (SIGTERM, SIGINT). */
  readonly untilStopped: () => Promise<void>;
}

/** What the exit of a command says. */
export const exit = { clean: 0, findings: 1, couldNotRun: 2 } as const;
export type ExitCode = (typeof exit)[keyof typeof exit];

export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  untilStopped: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    }),
};

/** The one way in which a command says that it could not run. */
export function explain(error: unknown): string {
  if (!(error instanceof TidegateError)) return `error: ${reasonOf(error)}\n`;
  const { code, message, entry } = error;
  return `error ${code}: ${printable(message)}\n  ${entry.fix}\n`;
}

/** Text of files and agents without what a terminal would obey. */
export const printable = (text: string): string =>
  text.replaceAll('\t', ' ').replaceAll(/\p{C}/gu, '\u{fffd}');
