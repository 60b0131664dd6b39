/**
 * Volume: what of a target is more than usual, at which time scale.
 *
 * Never below the policy's floor, and where nothing is known yet the floor alone. Where it is, a limit lies above the
 * median of this hour of the week by a factor, or by so many robust standard deviations where traffic is uneven, but
 * never above what one observation in a thousand exceeds by itself. It is meant to be low: volume alone answers nothing.
 */
import { volumeFeature } from '../features.ts';
import { volumeNames, volumeOf } from '../metrics.ts';
import type { VolumeName } from '../metrics.ts';
import { counter } from '../types.ts';
import type { ScaleWindow, TargetWindow, Usual, VolumeFinding } from '../types.ts';
import { excessOf } from './floor.ts';
import type { Excess, Floors } from './floor.ts';
import type { UsualOf } from './picture.ts';

export type Sensitivity = 'relaxed' | 'balanced' | 'strict';

interface Limit {
  readonly factor: number;
  readonly deviations: number;
}

/** A median is exceeded by half of all; a factor and a number of deviations beyond it, a hundredth or less. */
const limits: Readonly<Record<Sensitivity, Limit>> = {
  relaxed: { factor: 2.5, deviations: 3 },
  balanced: { factor: 1.8, deviations: 2.5 },
  strict: { factor: 1.4, deviations: 2 },
};
/**
 * Where a ratio has moved for some time, the kind of traffic is another one, and a little more of it over ten seconds or
 * a minute is enough: a slow ramp.
 */
const shifted: Limit = { factor: 1.2, deviations: 1 };
/** Fewer observations say nothing of what is usual. */
const countMin = 60;
/** A prefix has no floor of its own that fits its size: before a baseline is known, it must be so many times quiet traffic. */
const prefixFactor = 2;
/**
 * Of the floor, and of all packets, what a class must have on top of the usual to matter: an attack that is to be seen is
 * above the floor itself. Where a ratio has moved less is enough, because a slow ramp is to be seen before it is there.
 */
const ofFloorMin = 1;
const ofFloorShifted = 0.5;
/** The same of the total, which wanders with all of its classes. */
const ofFloorShiftedTotal = 0.75;
const ofPacketsMin = 0.1;
/** Classes wander more than their sum: one must be above what it is once in a thousand times. */
const aboveHigh = 1.2;
/** So many times the quiet seconds before is looked at in any case. */
const jumpTimes = 3;
/** A reading that came so late is one of a second, ms. */
const lateMs = 500;
/**
 * A minute that was full is over when the last reading, or of a class the last second, is below the limit, or far below
 * what the minute brought. What shows over longer times alone is there as long as the last second is over the limit too.
 */
const stillThere = 0.8;
const stillOfValue = 0.5;

/** Limit above which a feature is more than usual. */
export function limitOf(usual: Usual, sensitivity: Sensitivity, isShifted = false): number {
  const { factor, deviations } = isShifted ? shifted : limits[sensitivity];
  const wide = usual.median * Math.max(factor, Math.exp(deviations * usual.spread));
  return Math.min(wide, Math.max(usual.high, usual.median * factor));
}

const known = (usual: Usual | null): Usual | null =>
  usual === null || usual.count < countMin ? null : usual;

export interface VolumeOptions {
  readonly window: TargetWindow;
  readonly floors: Floors;
  /** What of the window is over the floor. */
  readonly excess: Excess;
  /** What is usual of a feature. */
  readonly usualOf: UsualOf;
  /** Whether a ratio has moved away from what is usual for some time. */
  readonly isShifted: boolean;
}

/** What lies furthest above its limit, null where nothing does. */
export function volumeFinding(options: VolumeOptions): VolumeFinding | null {
  const known = totals(options);
  const over = [...known, ...ofClasses(options)].filter(({ value, limit }) => value >= limit);
  const [worst] = over.sort((a, b) => b.value / b.limit - a.value / a.limit);
  if (worst !== undefined) return worst;
  // A class that never comes is known before it is known how much comes in all.
  return known.length === 0 ? withoutHistory(options) : jump(options);
}

/** What an hour has seen once, such as a backup, would hide all that comes after it and is no larger. */
function jump({ window, excess }: VolumeOptions): VolumeFinding | null {
  const { metric, value, floor } = excess;
  const quiet = quietOf(window, metric);
  if (quiet === null) return null;
  const limit = Math.max(floor, jumpTimes * quiet);
  const scaleMs = window.intervalMs > lateMs ? (1000 as const) : (100 as const);
  return value < limit ? null : { metric, scaleMs, value, limit, usual: quiet };
}

function withoutHistory({ window, excess }: VolumeOptions): VolumeFinding | null {
  const { metric, value, floor } = excess;
  const finding = { metric, scaleMs: window.intervalMs, value, limit: floor, usual: null };
  if (!window.target.includes('/')) return finding;
  const quiet = quietOf(window, metric);
  if (quiet === null) return null;
  const limit = Math.max(floor, prefixFactor * quiet);
  return value < limit ? null : { ...finding, limit };
}

/** Findings of packets and bits at every scale that is learned; those below their limit too. */
function totals({ window, floors, usualOf, isShifted }: VolumeOptions): VolumeFinding[] {
  const sensitivity = floors.sensitivity ?? 'balanced';
  const isLate = window.intervalMs > lateMs;
  return (['packets', 'bits'] as const).flatMap((metric): VolumeFinding[] => {
    const floor = metric === 'packets' ? floors.floorPacketsPerSecond : floors.floorBitsPerSecond;
    const last = metric === 'packets' ? window.packetsPerSecond : window.bitsPerSecond;
    if (floor === null) return [];
    const [newest] = window.history?.scales ?? [];
    const second = newest === undefined ? null : ofScale(metric, newest);
    const first = { scaleMs: isLate ? (1000 as const) : (100 as const), value: last };
    const longer = (window.history?.scales ?? [])
      .filter(({ scaleMs }) => !isLate || scaleMs > 1000)
      .map((scale) => ({ scaleMs: scale.scaleMs, value: ofScale(metric, scale) }));
    return [first, ...longer].flatMap(({ scaleMs, value }) => {
      const usual = known(usualOf(volumeFeature(metric, scaleMs)!));
      if (usual === null) return [];
      const limit = Math.max(floor, limitOfTotal(usual, floor, sensitivity, isShifted && scaleMs >= 10_000));
      const isLonger = scaleMs > 1000;
      const goesOn = !isLonger || (second ?? last) >= Math.max(limit, stillOfValue * value);
      const isThere = last >= stillThere * limit && goesOn;
      return [{ metric, scaleMs, value: isThere ? value : 0, limit, usual: usual.median }];
    });
  });
}

/** A ratio that moved makes the limit lower, and never so low that a burst of one class is an attack. */
function limitOfTotal(usual: Usual, floor: number, sensitivity: Sensitivity, isShifted: boolean): number {
  const limit = limitOf(usual, sensitivity);
  if (!isShifted) return limit;
  const least = usual.median + floor * ofFloorShiftedTotal;
  return Math.max(limitOf(usual, sensitivity, true), Math.min(limit, least));
}

const ofScale = (name: VolumeName, { counts, intervalMs }: ScaleWindow): number =>
  volumeOf(name, counts, intervalMs);

/**
 * A class that is far more than usual shows in a total that is not. Judged by the last second; where a ratio has moved
 * also by the last ten, which wander less.
 */
function ofClasses({ window, floors, usualOf, isShifted }: VolumeOptions): VolumeFinding[] {
  const { floorPacketsPerSecond: floor, sensitivity = 'balanced' } = floors;
  const [second, ten] = window.history?.scales ?? [];
  if (second === undefined || floor === null || window.packetsPerSecond < floor) return [];
  const moreThan = (ofFloor: number): number =>
    Math.max(floor * ofFloor, window.packetsPerSecond * ofPacketsMin);
  return volumeNames.flatMap((metric): VolumeFinding[] => {
    if (metric === 'packets' || metric === 'bits') return [];
    const usual = known(usualOf(volumeFeature(metric, 1000)!));
    if (usual === null) return [];
    const { median } = usual;
    const limit = Math.max(
      median + moreThan(ofFloorMin),
      aboveHigh * usual.high,
      limitOf(usual, sensitivity),
    );
    const value = ofScale(metric, second);
    const found = [{ metric, scaleMs: 1000, value, limit, usual: median }];
    if (!isShifted || ten === undefined) return found;
    const low = Math.max(median + moreThan(ofFloorShifted), limitOf(usual, sensitivity, true));
    const ofTen = ofScale(metric, ten);
    if (value < low || value < stillOfValue * ofTen) return found;
    return [...found, { metric, scaleMs: 10_000, value: ofTen, limit: low, usual: median }];
  });
}

/** A rate is back to usual from here on: a little above the median of this hour. */
const backToUsual = 1.25;

/** Whether a target that was over its limit is still well above both its floor and what is usual. */
export function isStillHigh(
  window: TargetWindow,
  floors: Floors,
  releaseRatio: number,
  usualOf: UsualOf,
): boolean {
  const excess = excessOf(window, floors, releaseRatio);
  if (excess === null) return false;
  const median = known(usualOf(volumeFeature(excess.metric, 1000)!))?.median;
  return excess.value >= backToUsual * (median ?? quietOf(window, excess.metric) ?? 0);
}

/** Packets/s or bits/s of the quiet seconds before; null where there were none. */
function quietOf({ history, quietPacketsPerSecond }: TargetWindow, metric: Excess['metric']): number | null {
  if (metric === 'packets') return quietPacketsPerSecond;
  const quiet = history?.quietPerSecond ?? null;
  return quiet === null ? null : quiet[counter.bytes]! * 8;
}
