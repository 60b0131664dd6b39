/** One-sided 95 %. */
const z = 1.645;

/**
 * The most that a share may be, given so many hits among so many samples (Wilson, 1927): 0 of 512 may still be 0.5 %,
 * 0 of 30 may be 8 %.
 */
export function wilsonUpper(hits: number, samples: number): number {
  if (samples === 0) return 1;
  const share = hits / samples;
  const square = (z * z) / samples;
  const spread = z * Math.sqrt((share * (1 - share) + square / 4) / samples);
  return Math.min(1, (share + square / 2 + spread) / (1 + square));
}
