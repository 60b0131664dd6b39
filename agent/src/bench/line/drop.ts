/** When an attack was gone from the network stack, told from what a probe behind XDP counted. */

/** The probe's resolution, ms. */
export const bucketMs = 10;
/** What may still pass, as a share of what is offered. */
const passingShareMax = 0.05;
/** For so long before the flood ends the stack must have been seen without it, ms. */
const witnessMs = 50;

/** Attack packets that reached the stack in 10 ms. */
export interface Bucket {
  /** Kernel monotonic time, ns. */
  readonly startNs: number;
  readonly packets: number;
}

export interface Watched {
  /** One after the other, from the first attack packet until the last, also those without packets. */
  readonly buckets: readonly Bucket[];
  /** Mean rate of the flood. */
  readonly offeredPacketsPerSecond: number;
  /** When the last packet of the flood was sent, kernel monotonic ns. */
  readonly endNs: number;
}

/**
 * The end of the last bucket that held more than 5 % of what is offered in its time: from then to the end of the flood
 * at least 95 % were gone, without a break. Null where that is not seen for at least 50 ms of the flood.
 *
 * @returns Kernel monotonic time, ns.
 */
export function goneNs({ buckets, offeredPacketsPerSecond, endNs }: Watched): number | null {
  const passingMax = (offeredPacketsPerSecond * bucketMs * passingShareMax) / 1000;
  const last = buckets.findLast(({ packets }) => packets > passingMax) ?? buckets[0];
  if (last === undefined) return null;
  const atNs = last.startNs + bucketMs * 1e6;
  return endNs - atNs >= witnessMs * 1e6 ? atNs : null;
}
