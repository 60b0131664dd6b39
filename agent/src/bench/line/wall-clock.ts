/** What joins the wall clock of the records to the kernel's monotonic clock of the probe. */

/** Wall time less CLOCK_MONOTONIC, ms, to some µs: waits for the wall clock to turn, at most 1 ms. */
export function wallOffsetMs(): number {
  const before = Date.now();
  for (;;) {
    const wallMs = Date.now();
    const monotonicNs = Number(process.hrtime.bigint());
    if (wallMs !== before) return wallMs - monotonicNs / 1e6;
  }
}
