/** `tidegate-agent COMMAND`, as a person on the node would run it. */
import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
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
  const [file, line] = lineOf(args, configFile, namespace);
  const { status, stdout, stderr } = spawnSync(file, line, { encoding: 'utf8' });
  return { exitCode: status, stdout, stderr };
}

/** The same, while servers of this process go on answering. */
export async function runAgentCommandBeside(
  args: readonly string[],
  configFile: string,
  namespace?: string,
): Promise<CommandResult> {
  const child = spawn(...lineOf(args, configFile, namespace), { stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', reject);
  });
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { exitCode, stdout, stderr };
}

function lineOf(args: readonly string[], configFile: string, namespace?: string): [string, string[]] {
  const line = [agentBin, ...args, '--config', configFile];
  return namespace === undefined
    ? [process.execPath, line]
    : ['nsenter', [`--net=/run/netns/${namespace}`, process.execPath, ...line]];
}
