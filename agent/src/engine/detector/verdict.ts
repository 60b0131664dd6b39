/**
 * What volume and signals come to: a tier, a confidence, or a surge.
 *
 * Tier B needs two groups of signals, one of them such as no crowd shows, or a breach of what the host can take. One such
 * group, or two that crowds show as well, make an alarm, tier A. None, where enough of them could be evaluated, is a
 * surge: more of what is usual, as a crowd, a backup or a speed test is. So is what is more in a prefix and goes to one of
 * its addresses: that one alarms where it must.
 */
import type { Tier, VolumeFinding } from '../types.ts';
import type { Picture } from './picture.ts';
import { isBreach } from './signals/capacity.ts';
import type { Found } from './signals/index.ts';
import { ramp, scoreMin } from './signals/signal.ts';
import type { SignalGroup } from './signals/signal.ts';

export interface Verdict {
  /** Null for a surge. */
  readonly tier: Tier | null;
  /** Whether there is a hint of something unusual: too little to open an alarm, enough to keep one open. */
  readonly isHinted: boolean;
  readonly confidence: number;
  /** The strongest first. */
  readonly signals: readonly Found[];
}

/** Groups that must have been evaluated before traffic is called usual. */
const groupsMin = 3;
/** From here on a group says something. */
export const hint = 0.15;
/** From here on it is nearly a sign, and a shift of its ratios adds so much to it at the most. */
const nearly = 0.3;
const shiftAdds = 0.3;

/**
 * How much each group, at its strongest, leaves to doubt; the product of what is left is the doubt in all (noisy-or,
 * Pearl 1988). Monotone: a further sign never lowers the confidence. Two whole groups make 0.8 and more.
 */
const weights: Readonly<Record<SignalGroup, number>> = {
  conversation: 0.7,
  ports: 0.7,
  protocol: 0.65,
  lengths: 0.5,
  sources: 0.45,
  reputation: 0.6,
  capacity: 0.5,
};
/** Volume alone is never more sure than this, and so sure at ten times the limit. */
const volumeWeight = 0.3;
const volumeFullTimes = 10;

export interface Evidence {
  readonly volume: VolumeFinding;
  readonly picture: Picture;
  readonly direct: readonly Found[];
  readonly shifts: readonly Found[];
  /** Whether it may still be the beginning of real connections, which have had no time to show that they are. */
  readonly isTooEarly: boolean;
}

export function verdictOf({ volume, picture, direct, shifts, isTooEarly }: Evidence): Verdict {
  const hinted = strongestOf(direct);
  const moved = shifts.flatMap((shift) => {
    const half = hinted.get(shift.group) ?? 0;
    if (half < nearly || picture.isBulk) return [];
    return [{ ...shift, score: Math.min(shift.score, half + shiftAdds) }];
  });
  const found = [...direct, ...moved].sort((a, b) => b.score - a.score);
  const strongest = strongestOf(found);
  const counted = found.filter(({ score, needsTime }) => score >= scoreMin && !(isTooEarly && needsTime));
  const groups = new Set(counted.map(({ group }) => group));
  const isHard = counted.some(({ isWeak }) => !isWeak);
  const breach = isBreach(strongest.get('capacity') ?? 0) && !picture.isBulk;
  const tier = tierOf();
  const isElsewhere = tier !== null && picture.isOfOneAddress;
  return {
    tier: isElsewhere ? null : tier,
    isHinted: !isElsewhere && [...strongest.values()].some((score) => score >= hint),
    confidence: confidenceOf(volume, strongest),
    signals: found,
  };

  function tierOf(): Tier | null {
    // Where nothing is known from before, and nobody sees what is answered, half of the signals have nothing to say: the
    // floor of the policy stands in for one of the two.
    const isBlind = volume.usual === null && picture.isWithoutPast && picture.answered === null;
    if ((isHard && groups.size >= 2) || breach || (isBlind && groups.size > 0)) return 'B';
    if (isBlind && !isTooEarly) return 'A';
    if (isTooEarly) return null;
    return isHard || groups.size >= 2 || strongest.size < groupsMin ? 'A' : null;
  }
}

function strongestOf(found: readonly Found[]): Map<SignalGroup, number> {
  const strongest = new Map<SignalGroup, number>();
  for (const { group, score } of found) strongest.set(group, Math.max(strongest.get(group) ?? 0, score));
  return strongest;
}

/** 0 to 1. */
function confidenceOf({ value, limit }: VolumeFinding, strongest: ReadonlyMap<SignalGroup, number>): number {
  const times = limit > 0 ? value / limit : volumeFullTimes;
  let doubt = 1 - volumeWeight * ramp(Math.log(Math.max(1, times)), 0, Math.log(volumeFullTimes));
  for (const [group, score] of strongest) doubt *= 1 - weights[group] * score;
  return 1 - doubt;
}
