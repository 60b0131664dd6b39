/**
 * Puts records in the order of time.
 *
 * A natural merge sort: what already ascends is taken as it is. A ring filled by one CPU is two ascending runs, one
 * merge; with several CPUs neighbours have changed places here and there, which costs a merge or two more for each
 * doubling of such places. It yields after `stepsAtOnce` steps, less than a tenth of a millisecond.
 */
import type { OrderRoom } from './workspace.ts';

const stepsAtOnce = 4096;

/** The places of `times` in ascending order; of equal times the first stays first. Lies in `room`. */
export function* orderByTime(times: Float64Array, room: OrderRoom): Generator<void, Uint32Array> {
  const { starts } = room;
  let from = room.from.subarray(0, times.length);
  let to = room.to.subarray(0, times.length);
  let runs = yield* findRuns(times, from, starts);
  while (runs > 1) {
    runs = yield* mergePairs(times, from, to, starts.subarray(0, runs));
    [from, to] = [to, from];
  }
  return from;
}

/** Notes where each ascending run begins, and fills `order` with the places as they are. Returns how many runs. */
function* findRuns(times: Float64Array, order: Uint32Array, starts: Uint32Array): Generator<void, number> {
  let runs = 0;
  for (let place = 0; place < times.length; place++) {
    order[place] = place;
    if (place === 0 || times[place]! < times[place - 1]!) starts[runs++] = place;
    if (place % stepsAtOnce === stepsAtOnce - 1) yield;
  }
  return runs;
}

/** Merges each run with the one behind it; one without a partner is copied. Returns how many runs are left. */
function* mergePairs(
  times: Float64Array,
  from: Uint32Array,
  to: Uint32Array,
  starts: Uint32Array,
): Generator<void, number> {
  let steps = 0;
  for (let run = 0; run < starts.length; run += 2) {
    let left = starts[run]!;
    const middle = starts[run + 1] ?? from.length;
    const end = starts[run + 2] ?? from.length;
    let right = middle;
    // Never ahead of what is still to be read.
    starts[run >> 1] = left;
    for (let place = left; place < end; place++) {
      const takeLeft = left < middle && (right >= end || times[from[left]!]! <= times[from[right]!]!);
      to[place] = from[takeLeft ? left++ : right++]!;
      if (++steps % stepsAtOnce === 0) yield;
    }
  }
  return (starts.length + 1) >> 1;
}
