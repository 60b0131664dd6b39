/**
 * When a target was attacked: the stretch of time whose rate differs most from the rest. One that begins after the
 * capture did leaves traffic from before, which tells what is legitimate.
 *
 * The stretch is the one with the largest likelihood ratio for two Poisson rates over one (a scan statistic, Kulldorff,
 * 1997); that traffic comes in bursts makes the ratio large for less, so the rates must differ by a factor, too.
 */

/** The rate within must be this many times the rate without. */
const factorMin = 2;
/** Fewer bins of quiet time say nothing. */
const quietBinsMin = 3;
/** Log likelihood ratio of a difference that chance makes once in some ten thousand captures, over all stretches. */
const evidenceMin = 20;

export interface Stretch {
  /** Bins, `to` not included. */
  readonly from: number;
  readonly to: number;
}

export interface Period {
  readonly metric: 'packets' | 'bits';
  readonly during: Stretch;
  /** Null where the capture has no other traffic. */
  readonly quiet: Stretch | null;
  /** Whether that was after the attack rather than before it. */
  readonly isQuietAfter: boolean;
  /** Rate within over rate without, by the metric; null without quiet traffic. */
  readonly factor: number | null;
}

/** The whole capture, with nothing to compare it with. */
export const wholePeriod = (bins: number, metric: Period['metric'] = 'packets'): Period => ({
  metric,
  during: { from: 0, to: bins },
  quiet: null,
  isQuietAfter: false,
  factor: null,
});

/** @param bins How many are in use. */
export function periodOf(packets: Float64Array, bytes: Float64Array, bins: number): Period {
  const byPackets = scan(packets, bins, 1);
  const byBytes = scan(bytes, bins, sumOf(bytes) / Math.max(1, sumOf(packets)));
  const isBits = byBytes !== null && (byPackets === null || byBytes.factor > 2 * byPackets.factor);
  const found = isBits ? byBytes : byPackets;
  const metric = isBits ? 'bits' : 'packets';
  const whole = wholePeriod(bins, metric);
  if (found === null) return whole;
  const { from, to, factor } = found;
  // The bins beside the attack hold some of it.
  const before = { from: 0, to: from - 1 };
  const after = { from: to + 1, to: bins };
  const isQuietAfter = before.to < quietBinsMin;
  const quiet = isQuietAfter ? after : before;
  if (quiet.to - quiet.from < quietBinsMin) return whole;
  return { metric, during: { from, to }, quiet, isQuietAfter, factor };
}

interface Found extends Stretch {
  readonly factor: number;
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** @param unit What one event adds to a value: a packet is one packet, and so many bytes. */
function scan(values: Float64Array, bins: number, unit: number): Found | null {
  const sums = new Float64Array(bins + 1);
  for (let index = 0; index < bins; index++) sums[index + 1] = sums[index]! + values[index]!;
  const total = sums[bins]!;
  let best: Found | null = null;
  let most = evidenceMin;
  for (let from = 0; from < bins; from++) {
    for (let to = from + 1; to <= bins; to++) {
      const within = sums[to]! - sums[from]!;
      const length = to - from;
      const without = total - within;
      const rest = bins - length;
      if (rest < quietBinsMin || within * rest < factorMin * without * length) continue;
      const evidence = (gain(within, length) + gain(without, rest) - gain(total, bins)) / unit;
      if (evidence <= most) continue;
      most = evidence;
      const factor = without === 0 ? Infinity : (within * rest) / (without * length);
      best = { from, to, factor };
    }
  }
  return best;
}

const gain = (sum: number, length: number): number => (sum === 0 ? 0 : sum * Math.log(sum / length));
