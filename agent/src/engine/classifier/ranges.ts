/** Finds the few values or ranges of a number, such as a packet's length, that hold nearly all of a set of packets. */

export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** As many as every backend can express in one rule. */
const rangesMax = 4;
/** Weight that may be cut off at either end: stray packets that are not the attack's. */
const trimShare = 0.01;
/** A gap counts when points that are spread evenly would leave it less often than this. */
const chance = 1e-3;

/**
 * Ranges, in order, that hold at least 98 % of the weight. A gap between values is left out only where it cannot be
 * chance, and a range with more than one value is widened by what so few samples are likely to have missed.
 *
 * @param limits Smallest and largest value there can be.
 */
export function rangesOf(values: readonly Weighted[], limits: Range): Range[] {
  const sorted = trim([...values].sort((a, b) => a.value - b.value));
  if (sorted.length === 0) return [];
  return split(sorted, rangesMax).map((part) => widen(part, limits));
}

/** A value that holds less of the weight is no atom. */
const atomShareMin = 0.1;

/**
 * The heaviest value alone, the two heaviest, and so on: what a program that always does the same looks like, however
 * many strays lie around it.
 */
export function atomsOf(values: readonly Weighted[]): Range[][] {
  const weights = new Map<number, number>();
  let total = 0;
  for (const { value, weight } of values) {
    weights.set(value, (weights.get(value) ?? 0) + weight);
    total += weight;
  }
  const heavy = [...weights].filter(([, weight]) => weight >= atomShareMin * total);
  const atoms = heavy.sort((a, b) => b[1] - a[1]).map(([value]): Range => ({ from: value, to: value }));
  const prefixes = atoms.slice(0, rangesMax).map((_, index) => atoms.slice(0, index + 1));
  return prefixes.map((prefix) => prefix.sort((a, b) => a.from - b.from));
}

function trim(sorted: readonly Weighted[]): readonly Weighted[] {
  const allowed = sorted.reduce((sum, { weight }) => sum + weight, 0) * trimShare;
  const firstKept = firstBeyond(sorted, allowed);
  const lastKept = sorted.length - 1 - firstBeyond([...sorted].reverse(), allowed);
  return sorted.slice(firstKept, lastKept + 1);
}

/** Index of the first value with which the running weight is beyond what is allowed. */
function firstBeyond(values: readonly Weighted[], allowed: number): number {
  let sum = 0;
  return Math.max(
    0,
    values.findIndex(({ weight }) => (sum += weight) > allowed),
  );
}

function split(sorted: readonly Weighted[], partsMax: number): (readonly Weighted[])[] {
  const first = sorted[0]!.value;
  const width = sorted.at(-1)!.value - first + 1;
  const [at, gap] = largestGap(sorted);
  const points = distinct(sorted);
  const isChance = points * (1 - gap / width) ** points >= chance;
  if (partsMax === 1 || gap === 0 || isChance) return [sorted];
  const left = split(sorted.slice(0, at), partsMax - 1);
  return [...left, ...split(sorted.slice(at), partsMax - left.length)];
}

/** Index behind the largest run of values that do not occur, and its length. */
function largestGap(sorted: readonly Weighted[]): [index: number, missing: number] {
  let [at, largest] = [0, 0];
  for (let index = 1; index < sorted.length; index++) {
    const missing = sorted[index]!.value - sorted[index - 1]!.value - 1;
    if (missing > largest) [at, largest] = [index, missing];
  }
  return [at, largest];
}

/**
 * How many independent points the values are worth. A tool that sends bursts of equal packets gives many samples of
 * few values; each value then counts once, or the gaps between a handful of them would look like a pattern.
 */
const distinct = (part: readonly Weighted[]): number => new Set(part.map(({ value }) => value)).size;

function widen(part: readonly Weighted[], limits: Range): Range {
  const from = part[0]!.value;
  const to = part.at(-1)!.value;
  const margin = Math.ceil(((to - from) * 4) / distinct(part));
  return { from: Math.max(limits.from, from - margin), to: Math.min(limits.to, to + margin) };
}

/** How many values lie in the ranges. */
export const widthOf = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
