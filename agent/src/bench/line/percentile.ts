/** Percentiles in which failures count. */

/**
 * Nearest-rank percentile, 0 without values. A failure (null) is later than everything that came in time; where the
 * percentile falls on one, it is reported as `failureMs`, which is then a lower bound.
 */
export function percentile(values: readonly (number | null)[], share: number, failureMs = 0): number {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return value === Infinity ? failureMs : value;
}
