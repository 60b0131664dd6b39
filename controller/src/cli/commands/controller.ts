import type { Command } from 'commander';
import { loadConfig } from '../../config/index.ts';
import { exit, type ExitCode, type Io } from '../io.ts';

/** `tidegate controller --config FILE`: runs until SIGTERM or SIGINT, then finishes what is under way. */
export function controllerCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  program
    .command('controller')
    .description('sync policy from git to agents and commit their audit records')
    .requiredOption('--config <file>', 'configuration file (YAML)')
    .action(async ({ config }: { config: string }) => {
      // Only this command needs the server; `validate` in an editor or a hook must not pay for loading it.
      const { startController } = await import('../../controller.ts');
      const stopped = io.untilStopped();
      const controller = await startController(await loadConfig(config));
      io.out(`listening on ${controller.url}\n`);
      await stopped;
      await controller.close();
      done(exit.clean);
    });
}
