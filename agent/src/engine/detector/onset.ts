/** When the excess began, told from the samples of the window that showed it. */
import type { Sample, TargetWindow } from '../types.ts';

/**
 * The change point of a cumulative sum (Page, 1954): packets that arrived, less those that would have arrived at a
 * rate midway between the quiet one and the present one. The sum falls before the excess and rises in it; its lowest
 * point is the onset. Looks back two windows, because an attack may begin shortly before a tick. Without samples it
 * is the start of the window.
 *
 * @returns Kernel monotonic time, ns.
 */
export function onsetOf(window: TargetWindow): number {
  const windowNs = window.intervalMs * 1e6;
  const fromNs = window.atNs - 2 * windowNs;
  const samples = window.recentSamples.filter(({ atNs }) => atNs >= fromNs).sort((a, b) => a.atNs - b.atNs);
  const midRate = (window.packetsPerSecond + (window.quietPacketsPerSecond ?? 0)) / 2 / 1e9;
  let [sum, lowest] = [0, Infinity];
  let onset = window.atNs - windowNs;
  let before: Sample | undefined;
  for (const sample of samples) {
    sum -= (sample.atNs - (before?.atNs ?? fromNs)) * midRate;
    if (sum < lowest) {
      lowest = sum;
      onset = sample.atNs;
    }
    sum += sample.rate;
    before = sample;
  }
  return onset;
}
