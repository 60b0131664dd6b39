import type { TestResults } from '@tidegate/schemas';
import { Option, type Command } from 'commander';
import { exit, type ExitCode, type Io } from '../io.ts';
import { readPolicyFolder } from '../policy-folder.ts';

const formats = ['text', 'json', 'junit'] as const;

/** `tidegate test DIR`: the PolicyTests of a policy folder. */
export function testCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  program
    .command('test')
    .description('run the PolicyTests of a policy folder; exit 1 where one fails, 2 where one cannot run')
    .argument('<dir>', 'policy folder')
    .addOption(
      new Option('--format <format>', 'how the results are printed').choices(formats).default('text'),
    )
    .action(async (folder: string, { format }: { format: (typeof formats)[number] }) => {
      // Only this command needs the engine; `validate` in an editor or a hook must not pay for loading it.
      const { runTests, testFormats } = await import('../simulate/tests.ts');
      const results = await runTests(io, folder, await readPolicyFolder(folder));
      io.out(testFormats[format](results));
      io.err(`${summary(results)}\n`);
      done(results.errors > 0 ? exit.couldNotRun : results.failed > 0 ? exit.findings : exit.clean);
    });
}

function summary({ tests, passed, failed, errors }: TestResults): string {
  if (tests.length === 0) return 'the policy has no PolicyTest';
  const rest = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(errors === 0 ? [] : [`${errors} could not run`]),
  ];
  return [`${passed} of ${tests.length} policy tests passed`, ...rest].join(', ');
}
