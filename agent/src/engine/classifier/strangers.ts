/**
 * Packets within connections that never began: their sources were not there in quiet times, nearly each belongs to a
 * connection of its own, and far fewer requests came. None of this alone says it: who was new a moment ago sends many
 * packets for one request, and what a server tells all of its clients at once is acknowledged by sources that were there
 * before.
 */
import type { Members, Scene } from './scene.ts';
import { effectiveCount, excessShare, flowKey, ramp, sourceKey, times } from './signals.ts';
import type { Mark } from './signals.ts';
import { excessPerSecond, packetsPerSecond } from './traffic.ts';
import type { Seen, Traffic } from './traffic.ts';

const none: Mark = { strength: 0, reason: '' };

const quietSamplesMin = 60;
/** Where sources come and go so fast nobody is a stranger. */
const familiarMin = 0.3;
/** Quiet traffic with less than this of a kind has nobody that sends it. */
const absentShare = 0.01;
const fewSourcesMax = 32;

/** @param perStart How many of these packets came for each connection that began. */
export function strangersMark(scene: Scene, { now, quiet }: Members, perStart: number): Mark {
  const packets = (excessPerSecond(now) * scene.ageMs) / 1000;
  if (packets === 0 || scene.quiet.seen.length < quietSamplesMin) return none;
  const perPacket = Math.min(1, flowsAtLeast(now.seen) / packets);
  const perBegun = perStart * perPacket;
  // Within a connection packets follow each other; its request may have come before all this.
  const areSingle = ramp(perPacket, 0.2, 0.5);
  return {
    strength: 0.9 * areSingle * ramp(strangersShare(now, quiet), 0.5, 0.85) * ramp(perBegun, 5, 25),
    reason: `from sources that were not there before, for ${times(perBegun)} times as many connections as began`,
  };
}

/** Share of the excess whose sources are not those of quiet times, as far as those can be known from samples. */
function strangersShare(now: Traffic, quiet: Traffic): number {
  if (packetsPerSecond(quiet) < absentShare * packetsPerSecond(now)) return 1;
  if (quiet.seen.length < quietSamplesMin) return 0;
  // A few that send so much would have been seen.
  if (effectiveCount(now.seen, sourceKey) < fewSourcesMax) return 1 - familiarShare(now.seen, quiet.seen);
  const half = Math.floor(quiet.seen.length / 2);
  const familiar = familiarShare(quiet.seen.slice(half), quiet.seen.slice(0, half));
  if (familiar < familiarMin) return 0;
  return 1 - Math.min(1, familiarShare(now.seen, quiet.seen) / familiar);
}

function familiarShare(seen: readonly Seen[], known: readonly Seen[]): number {
  const sources = new Set(known.map(sourceKey));
  return excessShare(seen, (one) => sources.has(sourceKey(one)));
}

/**
 * How many flows samples come from, at least: n samples of N flows are n²/2N times two of the same (the birthday
 * problem); one more such pair than was seen makes up for luck.
 */
function flowsAtLeast(seen: readonly Seen[]): number {
  const counts = new Map<string, number>();
  for (const one of seen) counts.set(flowKey(one), (counts.get(flowKey(one)) ?? 0) + 1);
  const pairs = (count: number): number => (count * (count - 1)) / 2;
  let same = 0;
  for (const count of counts.values()) same += pairs(count);
  return pairs(seen.length) / (same + 1);
}
