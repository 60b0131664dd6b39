/** How well this machine keeps time at all: timers of a process that has nothing else to do. */

const everyMs = 10;

/** Call it when nothing else is about to happen in this process; `stop` tells how late each timer was, ms. */
export function watchTimers(): { stop(): number[] } {
  const lateMs: number[] = [];
  const startMs = performance.now();
  let slot = 0;
  let timer = next();
  function next(): NodeJS.Timeout {
    slot += 1;
    return setTimeout(
      () => {
        const late = performance.now() - startMs - slot * everyMs;
        lateMs.push(Math.max(0, late));
        slot += Math.max(0, Math.floor(late / everyMs));
        timer = next();
      },
      Math.max(0, Math.ceil(slot * everyMs - (performance.now() - startMs))),
    );
  }
  return {
    stop: () => {
      clearTimeout(timer);
      return lateMs;
    },
  };
}
