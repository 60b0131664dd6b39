/** When an attack was gone from the network stack, told from what a probe behind XDP counted. */

/** What may still pass, as a share of what is offered. */
const passingShareMax = 0.05;
/** For so long before the flood ends the stack must have been seen without it, ms. */
const witnessMs = 50;

/** Attack packets that reached the stack in a span of time. */
export interface Bucket {
  /** Kernel monotonic time, ns. */
  readonly startNs: number;
  readonly packets: number;
}

export interface Watched {
  /** In order, from the first attack packet until well after the last; a span of time without packets is one, too. */
  readonly buckets: readonly Bucket[];
  readonly bucketMs: number;
  /** Mean rate of the flood. */
  readonly offeredPacketsPerSecond: number;
  /** When the last packet of the flood was sent, ns. */
  readonly endNs: number;
}

/**
 * The end of the last bucket that held more than 5 % of what is offered in such a time: from then to the end of the
 * flood at least 95 % were gone, without a break. Null where that is not seen for at least 50 ms of the flood.
 *
 * @returns Kernel monotonic time, ns.
 */
export function goneNs({ buckets, bucketMs, offeredPacketsPerSecond, endNs }: Watched): number | null {
  const passingMax = (offeredPacketsPerSecond * bucketMs * passingShareMax) / 1000;
  const last = buckets.findLast(({ packets }) => packets > passingMax) ?? buckets[0];
  if (last === undefined) return null;
  const atNs = last.startNs + bucketMs * 1e6;
  return endNs - atNs >= witnessMs * 1e6 ? atNs : null;
}
