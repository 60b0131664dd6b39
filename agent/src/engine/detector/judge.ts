/**
 * Judge: asks the signals about a window, as often as it is worth it.
 *
 * Counters are looked at with every window. Reading samples takes some tenths of a millisecond: what is new or jumps is
 * read at once, what goes on a few times a second, and at most so many targets in one tick; the others keep what was
 * said of them, and have their turn next.
 */
import { volumeOf } from '../metrics.ts';
import type { TargetWindow, VolumeFinding } from '../types.ts';
import { volumeFeature } from '../features.ts';
import type { FeatureScaleMs } from '../features.ts';
import type { Floors } from './floor.ts';
import { onsetOf } from './onset.ts';
import { Picture, packetsMin } from './picture.ts';
import { Shifts } from './shift.ts';
import { judge } from './signals/index.ts';
import type { Found } from './signals/index.ts';
import type { Track } from './track.ts';
import type { UsualTraffic } from './usual-rates.ts';
import { hint, verdictOf } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/** Samples are read at every tick this long, then so often, ns; of a surge, which looks as usual, less often. */
const youngNs = 1e9;
const againNs = 250e6;
const calmNs = 1e9;
/**
 * What is there at once is compared with the seconds before it, which know better than the hour of the week how busy it
 * is today; what goes on, or grew slowly, is in those seconds itself. So is what shows over longer times alone: the hour
 * of a busy resolver crosses its limit again and again.
 */
const suddenNs = 2e9;
const suddenScaleMs = 1000;
/** What shows over so long alone is judged by so long as well: no single reading says what it is made of, ms. */
const calmScaleMs = 10_000;
/** More than so many times the last second is something new; single readings wander less. */
const jump = 1.7;
const samplesPerTickMax = 16;
/** Of the floor: below it nobody is near an alarm, and no ratio is followed. */
const followedShare = 0.1;
/**
 * What is not more than one second in a thousand brings has so long to show that it is real, and is then judged by whole
 * seconds: a handshake and a first acknowledgement over a long way take some hundred milliseconds. Until then it must be
 * two signs that need no such time.
 */
const patienceNs = 800e6;

export class Judge {
  readonly #shifts = new Shifts();
  linkBitsPerSecond: number | null = null;
  #tickNs = -1;
  #read = 0;

  /**
   * Takes note of ratios that move. To be called with every window that is to be followed.
   * @returns Whether one has moved away from what is usual for some time.
   */
  follow(window: TargetWindow, usual: UsualTraffic): boolean {
    this.#shifts.observe(window, usual.of);
    return this.#shifts.hasMoved(window.target);
  }

  verdict(window: TargetWindow, volume: VolumeFinding, track: Track, usual: UsualTraffic): Verdict {
    const { atNs, packetsPerSecond } = window;
    const [second] = window.history?.scales ?? [];
    const isJump =
      second !== undefined && packetsPerSecond > jump * volumeOf('packets', second.counts, second.intervalMs);
    if (isJump && !track.isOpen) track.sinceNs = onsetOf(window);
    const isFresh = atNs - Math.max(track.sinceNs, track.beganNs) <= suddenNs;
    const isSudden = isFresh && volume.scaleMs <= suddenScaleMs;
    const learned = usual.rates();
    const before = window.history?.quietPerSecond ?? null;
    const isPeak = !track.isOpen && isUsualPeak(volume, usual);
    const isTooEarly = isPeak && atNs - track.overSinceNs < patienceNs;
    const bySecond = (isPeak && !isTooEarly) || (track.surge !== null && !track.isOpen && !isSudden);
    const leastMs = volume.scaleMs >= calmScaleMs ? calmScaleMs : bySecond ? 1000 : 0;
    const { linkBitsPerSecond } = this;
    const picture = new Picture({
      ...{ window, leastMs, linkBitsPerSecond, usualOf: usual.of },
      sinceNs: Math.min(track.sinceNs, atNs - leastMs * 1e6),
      usualRates: isSudden ? (before ?? learned) : (learned ?? before),
    });
    const counted = picture.packets < packetsMin ? [] : judge(picture, false);
    const isStrange = counted.some(({ score }) => score >= hint);
    if (picture.packets >= packetsMin && this.#isDue(track, atNs, isJump, isTooEarly && !isStrange))
      track.sampled = { found: picture.isLarge ? judge(picture, true) : [], atNs };
    const direct: Found[] = [...counted, ...(track.sampled?.found ?? [])];
    return verdictOf({ volume, picture, direct, shifts: this.#shifts.found(window.target), isTooEarly });
  }

  #isDue(track: Track, atNs: number, isJump: boolean, mayWait: boolean): boolean {
    if (mayWait) return false;
    const { sampled, surge, isTierB, overSinceNs } = track;
    const isYoung = surge === null && !isTierB && atNs - overSinceNs <= youngNs;
    const waitNs = isYoung ? 0 : surge === null ? againNs : calmNs;
    if (sampled !== null && !isJump && atNs - sampled.atNs < waitNs) return false;
    if (this.#tickNs !== atNs) this.#read = 0;
    this.#tickNs = atNs;
    this.#read += 1;
    return this.#read <= samplesPerTickMax;
  }
}

/** Whether a target has so much traffic that its ratios are followed. */
export const isFollowed = (
  { packetsPerSecond, bitsPerSecond }: TargetWindow,
  { floorPacketsPerSecond, floorBitsPerSecond }: Floors,
): boolean =>
  packetsPerSecond >= (floorPacketsPerSecond ?? Infinity) * followedShare ||
  bitsPerSecond >= (floorBitsPerSecond ?? Infinity) * followedShare;

/** Whether a volume is no more than what one observation in a thousand exceeds at this hour. */
function isUsualPeak({ metric, scaleMs, value, usual: median }: VolumeFinding, usual: UsualTraffic): boolean {
  // What was compared with nothing that is learned has the interval that really passed for a scale.
  if (median === null) return false;
  const feature = volumeFeature(metric, scaleMs as FeatureScaleMs);
  const high = feature === null ? undefined : usual.of(feature)?.high;
  return high !== undefined && value <= high;
}
