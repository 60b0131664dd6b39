/** How well this machine keeps time at all: timers of a process that has nothing else to do. */

const everyMs = 10;

export interface TimerWatch {
  /** How late each timer was, ms. */
  readonly lateMs: readonly number[];
  stop(): void;
}

/** Call it when nothing else is about to happen in this process. */
export function watchTimers(): TimerWatch {
  const lateMs: number[] = [];
  let dueMs = performance.now();
  let timer = next();
  function next(): NodeJS.Timeout {
    const nowMs = performance.now();
    // What was missed is not made up for.
    dueMs = Math.max(dueMs, nowMs - everyMs) + everyMs;
    return setTimeout(
      () => {
        lateMs.push(Math.max(0, performance.now() - dueMs));
        timer = next();
      },
      Math.max(0, Math.ceil(dueMs - nowMs)),
    );
  }
  return {
    lateMs,
    stop: () => {
      clearTimeout(timer);
    },
  };
}
