/** Long work in short slices, so that ticks and everything else get their turn in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Runs a generator to its end; at each `yield` the event loop goes round once. */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}
