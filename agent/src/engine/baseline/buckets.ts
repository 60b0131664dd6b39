/**
 * Logarithmic buckets, as in DDSketch (Masson, Rim, Lee 2019): a value is known by the bucket of ln(value + offset),
 * so that its error is relative. A bucket is 1/16 wide: the true value is within 3.2 % of the bucket's middle. Each
 * level above doubles the width, and interpolation inside a bucket usually does much better.
 */

/** Buckets to one unit of the natural logarithm. */
export const bucketsPerUnit = 16;
/** The first bucket begins at e^-10 = 0.00005, the last one ends at e^30 = 1e13: ten terabit/s in bits/s. */
const firstLog = -10;
export const bucketCount = 640;

/** The bucket of ln(value + offset), the outermost one for what lies beyond. */
export function bucketOf(value: number, offset: number): number {
  const bucket = Math.floor((Math.log(value + offset) - firstLog) * bucketsPerUnit);
  return bucket < 0 ? 0 : bucket >= bucketCount ? bucketCount - 1 : bucket;
}

/** The logarithm at a place on the scale of buckets; 3.5 is the middle of bucket 3. */
export function logAt(place: number): number {
  return place / bucketsPerUnit + firstLog;
}

export function valueOf(log: number, offset: number): number {
  return Math.max(0, Math.exp(log) - offset);
}

/** Counts up to this one are kept exactly in a byte, larger ones to within 2.5 %. */
const exactMax = 16;
const growth = 1.05;
const counts = Float64Array.from({ length: 256 }, (_, code) =>
  code <= exactMax ? code : exactMax * growth ** (code - exactMax),
);

/** A count as one byte: 0 for less than a half, 1,860,000 at most. */
export function codeOfCount(count: number): number {
  if (count <= exactMax) return Math.floor(count + 0.5);
  return Math.min(255, exactMax + Math.round(Math.log(count / exactMax) / Math.log(growth)));
}

export function countOfCode(code: number): number {
  return counts[code]!;
}
