/**
 * The `tidegate` command.
 *
 * Promises: exit 0 clean, 1 findings or tampering, 2 could not run; data on standard output, messages on standard error;
 * with `--format json` the document is the last line on standard output; a wrong option or input gives one clear error.
 */
import { Command, CommanderError } from 'commander';
import { analyzeCommand } from './commands/analyze.ts';
import { auditCommand } from './commands/audit.ts';
import { controllerCommand } from './commands/controller.ts';
import { simulateCommand } from './commands/simulate.ts';
import { testCommand } from './commands/test.ts';
import { validateCommand } from './commands/validate.ts';
import { exit, explain, processIo, type ExitCode, type Io } from './io.ts';

/** Runs one command line, without the program's name. Never rejects. */
export async function main(args: readonly string[], io: Io = processIo): Promise<ExitCode> {
  let code: ExitCode = exit.clean;
  const program = new Command('tidegate')
    .description('GitOps-driven DDoS defence for Linux servers')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  for (const command of [
    validateCommand,
    controllerCommand,
    auditCommand,
    analyzeCommand,
    simulateCommand,
    testCommand,
  ]) {
    command(program, io, (result) => (code = result));
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.clean : exit.couldNotRun;
    io.err(explain(error));
    return exit.couldNotRun;
  }
}
