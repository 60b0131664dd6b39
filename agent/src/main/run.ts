/** `tidegate-agent run`: the daemon as a process, until it is told to stop. */
import { Daemon } from './daemon.ts';
import { createLog } from './log.ts';
import type { AgentSettings } from './config.ts';

export async function runDaemon(settings: AgentSettings): Promise<void> {
  const log = createLog(settings.logLevel);
  const daemon = await Daemon.start(settings, log);
  log.info('the agent is running', { node: settings.node, pid: process.pid });
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, resolve);
  });
  log.info('stopping', { signal, onStop: settings.onStop });
  await daemon.stop(signal);
  process.exit(0);
}
