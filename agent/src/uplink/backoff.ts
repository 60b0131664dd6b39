/** A loop that goes on through failures: jittered exponential pauses, told once when it breaks and once when it heals. */
import type { Log } from '../ports.ts';

export interface LoopOptions {
  readonly name: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Asked before each step; the loop ends once it holds. @default never */
  readonly until?: () => boolean;
  /** @default 250 */
  readonly pauseMsMin?: number;
  /** @default 5000 */
  readonly pauseMsMax?: number;
}

/** Runs `step` again and again until the signal is aborted or `until` holds. */
export async function keepTrying(options: LoopOptions, step: () => Promise<void>): Promise<void> {
  const { name, log, signal, until = () => false, pauseMsMin = 250, pauseMsMax = 5000 } = options;
  let failures = 0;
  while (!signal.aborted && !until()) {
    try {
      await step();
      if (failures > 0) log.info(`${name}: works again`, { failures });
      failures = 0;
    } catch (error) {
      if (isAborted(signal)) return;
      failures += 1;
      if (failures === 1)
        log.warn(`${name}: failed, trying again`, {
          reason: error instanceof Error ? error.message : String(error),
        });
      const pause = Math.min(pauseMsMax, pauseMsMin * 2 ** Math.min(failures - 1, 10));
      await sleep(pause * (0.5 + Math.random() / 2), signal);
    }
  }
}

/** Read anew, because the signal may have been aborted during an await. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

/** Resolves after `ms`, when the signal is aborted, or when the function given to `onStart` is called. */
export async function sleep(
  ms: number,
  signal: AbortSignal,
  onStart?: (wake: () => void) => void,
): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(finish, ms);
    function finish(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    }
    signal.addEventListener('abort', finish);
    onStart?.(finish);
  });
}
