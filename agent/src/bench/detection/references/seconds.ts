/**
 * What the reference detectors have in common: packets/s of each target, once a second, against a limit of their own;
 * never an alarm below the floor; an alarm that stays up as long after the last second over the limit as ours does.
 */
import { counter } from '../../../engine/types.ts';
import { floor, releaseAfterMs } from '../policy.ts';
import type { Alarm, Watcher } from '../watcher.ts';

/** One target's history. */
export interface SecondDetector {
  /** Whether this second is over the limit; then learns it. */
  isOver(packetsPerSecond: number): boolean;
}

interface Track {
  readonly detector: SecondDetector;
  packets: number;
  activeAtMs: number;
  overAtMs: number;
}

/** Targets that are remembered, and for how long without traffic: the hosts of an attacked prefix are many. */
const targetsMax = 4096;
const idleMs = 600_000;

export function watchSeconds(name: string, create: () => SecondDetector): Watcher {
  const tracks = new Map<string, Track>();
  const alarms = new Map<string, Alarm>();
  const endSecond = (atMs: number): void => {
    for (const [target, track] of tracks) {
      const isOver = track.detector.isOver(track.packets) && track.packets >= floor.packetsPerSecond;
      if (track.packets > 0) track.activeAtMs = atMs;
      track.packets = 0;
      if (isOver) {
        track.overAtMs = atMs;
        alarms.set(target, over);
      } else if (alarms.has(target)) {
        if (atMs - track.overAtMs < releaseAfterMs) alarms.set(target, held);
        else alarms.delete(target);
      } else if (atMs - track.activeAtMs > idleMs) tracks.delete(target);
    }
  };
  return {
    name,
    alarms,
    surges: new Set(),
    look: ({ atNs, targets }) => {
      for (const { target, counts } of targets) {
        let track = tracks.get(target);
        if (track === undefined) {
          if (tracks.size >= targetsMax) continue;
          track = { detector: create(), packets: 0, activeAtMs: 0, overAtMs: 0 };
          tracks.set(target, track);
        }
        track.packets += counts[counter.packets]!;
      }
      if (atNs % 1e9 === 0) endSecond(atNs / 1e6);
    },
  };
}

/** They have no tiers, and name nothing: whoever answers their alarms answers each of them. */
const over: Alarm = { state: 'over', tier: 'B', answer: 'volume', reason: '' };
const held: Alarm = { ...over, state: 'held' };
