/** What the agent and its capture process say to each other; counters and samples go through memory instead. */
import type { WordPrefix } from './rows.ts';

/** What to watch. */
export interface Watched {
  readonly filter: string;
  readonly prefixes: readonly WordPrefix[];
}

/** The capture process gets this as its argument, as JSON. */
export interface CaptureTask extends Watched {
  readonly interfaceName: string;
  readonly targetsMax: number;
  readonly samplesPerSecondMax: number;
  /** Process id of the agent: the capture ends with it. */
  readonly agentPid: number;
}

/** From the agent: watch something else. */
export interface WatchMessage {
  readonly watch: Watched;
}

/** From the capture process, once. */
export type StartMessage = { readonly ready: true } | { readonly failed: string };

/** The descriptor under which the capture process finds the shared memory. */
export const memoryFd = 4;
