/** Starts the real programs: the controller and the agent, from their bins, in a namespace or not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentConfig, ControlRequest, ControlResponse, ControllerConfig } from '@tidegate/schemas';
import { askAgent } from '../control/client.ts';
import { startProcess } from './process.ts';
import type { RunningProcess } from './process.ts';

/** As the first line of the bin has it, which is not read where node is named. */
export const agentNodeFlags = ['--max-semi-space-size=4'];
const root = fileURLToPath(new URL('../../../', import.meta.url));
export const agentBin = join(root, 'agent/bin/tidegate-agent.js');
export const tidegateBin = join(root, 'controller/bin/tidegate.js');

/** Starts `tidegate controller`; `url` is where it listens. */
export async function startController(
  directory: string,
  config: ControllerConfig,
  namespace?: string,
): Promise<RunningProcess & { url: string }> {
  const file = join(directory, 'controller.json');
  writeFileSync(file, JSON.stringify(config));
  const running = await startProcess({
    name: 'the controller',
    command: process.execPath,
    args: [tidegateBin, 'controller', '--config', file],
    namespace,
    ready: /(https?:\/\/[^\s"]+:\d+)/,
  });
  return { ...running, url: running.ready?.[1] ?? '' };
}

export interface RunningAgent extends RunningProcess {
  /** Asks over the control socket; rejects when the agent is silent. */
  ask(request: ControlRequest): Promise<ControlResponse>;
  readonly configFile: string;
}

/**
 * Starts `tidegate-agent run` and waits until its control socket answers.
 * @param as What runs it, such as setpriv with its options.
 */
export async function startAgent(
  directory: string,
  config: AgentConfig,
  namespace?: string,
  as: readonly string[] = [],
): Promise<RunningAgent> {
  const configFile = join(directory, 'agent.json');
  writeFileSync(configFile, JSON.stringify(config));
  const run = [...agentNodeFlags, agentBin, 'run', '--config', configFile];
  const [command = process.execPath, ...options] = as;
  const args = as.length === 0 ? run : [...options, process.execPath, ...run];
  const running = await startProcess({
    name: 'the agent',
    command,
    args,
    namespace,
    ready: /the agent is running/,
  });
  const ask = async (request: ControlRequest): Promise<ControlResponse> => {
    const asked = await askAgent(join(config.runDir, 'control.sock'), request, 3000);
    if ('answer' in asked) return asked.answer;
    throw new Error(`the agent is ${asked.silent}: ${running.output()}`);
  };
  return { ...running, ask, configFile };
}

/** Asks for the status until it satisfies `condition`; rejects with the last one after `msMax`. */
export async function statusUntil(
  agent: RunningAgent,
  condition: (status: AgentStatus) => boolean,
  msMax: number,
): Promise<AgentStatus> {
  const until = Date.now() + msMax;
  for (;;) {
    const status = await agent.ask({ schema: 'tidegate/control/v1', command: 'status' });
    if (status.schema === 'tidegate/control-status/v1' && condition(status)) return status;
    if (Date.now() > until)
      throw new Error(`not reached within ${String(msMax)} ms: ${JSON.stringify(status)}\n${agent.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export type AgentStatus = Extract<ControlResponse, { schema: 'tidegate/control-status/v1' }>;
