import { Option, type Command } from 'commander';
import { isError, validatePolicy } from '../../policy/revision.ts';
import { exit, type ExitCode, type Io } from '../io.ts';
import { readPolicyFolder } from '../policy-folder.ts';
import { findingFormats } from '../finding-formats.ts';

type Format = keyof typeof findingFormats;

/** `tidegate validate DIR`: what the controller would say of this policy, before it is pushed. */
export function validateCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  program
    .command('validate')
    .description('check a policy folder; exit 1 where the controller would refuse it')
    .argument('<dir>', 'folder with *.yaml and *.yml files')
    .addOption(
      new Option('--format <format>', 'how findings are printed')
        .choices(Object.keys(findingFormats))
        .default('text'),
    )
    .action(async (folder: string, { format }: { format: Format }) => {
      const tree = await readPolicyFolder(folder);
      const { files } = tree;
      const { documents, findings } = validatePolicy(tree);
      io.out(findingFormats[format]({ folder, files, findings }));
      const errors = findings.filter(isError).length;
      io.err(`${summary(documents.length, files.length, errors, findings.length - errors)}\n`);
      done(errors > 0 ? exit.findings : exit.clean);
    });
}

function summary(documents: number, files: number, errors: number, others: number): string {
  const found = [
    errors === 0 ? 'no errors' : counted(errors, 'error'),
    ...(others === 0 ? [] : [counted(others, 'warning')]),
  ];
  return `${counted(documents, 'document')} in ${counted(files, 'file')}: ${found.join(', ')}`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
