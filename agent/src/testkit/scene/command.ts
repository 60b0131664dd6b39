/** `tidegate-agent COMMAND`, as a person on the node would run it. */
import { spawnSync } from 'node:child_process';
import { agentBin } from '../daemons.ts';

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end, inside a network namespace or in that of this process. */
export function runAgentCommand(
  args: readonly string[],
  configFile: string,
  namespace?: string,
): CommandResult {
  const line = [agentBin, ...args, '--config', configFile];
  const { status, stdout, stderr } =
    namespace === undefined
      ? spawnSync(process.execPath, line, { encoding: 'utf8' })
      : spawnSync('nsenter', [`--net=/run/netns/${namespace}`, process.execPath, ...line], {
          encoding: 'utf8',
        });
  return { exitCode: status, stdout, stderr };
}
