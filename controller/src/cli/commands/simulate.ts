import { Option, type Command } from 'commander';
import { exit, type ExitCode, type Io } from '../io.ts';
import { readPolicyFolder } from '../policy-folder.ts';

interface Options {
  readonly traffic: string;
  readonly base?: string;
  readonly group?: string;
  readonly format: 'text' | 'json';
}

/** `tidegate simulate DIR --traffic FILE`: what a policy would have done on recorded traffic. */
export function simulateCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  program
    .command('simulate')
    .description('tell what a policy would have done on recorded traffic, in virtual time')
    .argument('<dir>', 'policy folder')
    .requiredOption(
      '--traffic <file>',
      'recording or capture (pcap, pcapng), also gzipped; - for standard input',
    )
    .option(
      '--base <revision>',
      'compare with the policy of this folder at a git revision, such as origin/main',
    )
    .option('--group <name>', 'node group; not needed where there is only one')
    .addOption(
      new Option('--format <format>', 'how the report is printed').choices(['text', 'json']).default('text'),
    )
    .action(async (folder: string, { traffic, base, group, format }: Options) => {
      // Only this command needs the engine; `validate` in an editor or a hook must not pay for loading it.
      const { basePolicy, chosenBundle, readPolicy, simulateFile, simulationText } =
        await import('../simulate/index.ts');
      const { bundles } = readPolicy(await readPolicyFolder(folder), folder);
      const bundle = chosenBundle(bundles, group);
      const before = base === undefined ? null : await basePolicy(folder, base, bundle.group);
      const simulation = await simulateFile(io, { path: traffic }, bundle, before);
      io.out(format === 'json' ? `${JSON.stringify(simulation)}\n` : simulationText(simulation));
      done(exit.clean);
    });
}
