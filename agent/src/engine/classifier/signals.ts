/** Signals that several families weigh: each a factor from 0 to 1 for the confidence, and a reason in words. */
import { sourceOf } from '../packet/index.ts';
import { effectiveSamples, partOf, rateOf } from './scene.ts';
import type { Condition, Scene, Seen, Traffic } from './scene.ts';

export interface Signal {
  readonly factor: number;
  readonly reason: string;
}

/** Fewer samples than this leave doubt; the next tick has more. */
const samplesMin = 30;

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
const rate = (packetsPerSecond: number): string =>
  packetsPerSecond >= 1000
    ? `${(packetsPerSecond / 1000).toFixed(1)} kpps`
    : `${packetsPerSecond.toFixed(0)} packets/s`;

/** 0 at `none`, 1 at `full`, a straight line between; `none` may lie above `full`. */
export const ramp = (value: number, none: number, full: number): number =>
  clamp((value - none) / (full - none));

/** Whether there are enough samples to say anything. */
export function samplesSignal({ seen }: Traffic): Signal {
  const count = effectiveSamples(seen);
  return {
    factor: clamp(count / samplesMin),
    reason: `${seen.length} samples, as good as ${count.toFixed(0)} of equal weight`,
  };
}

/** Whether this kind of packet alone is enough to be over the floor. */
export function massSignal(scene: Scene, name: string, condition: Condition): Signal {
  const part = partOf(scene.now, condition);
  const excess = rateOf(scene, part) - rateOf(scene, partOf(scene.quiet, condition));
  const share = scene.now.packetsPerSecond === 0 ? 0 : part.packetsPerSecond / scene.now.packetsPerSecond;
  return {
    factor: ramp(excess / scene.floor, 0.2, 0.7),
    reason: `${name}: ${rate(part.packetsPerSecond)}, ${percent(share)} of what came`,
  };
}

/** An attack is there at once; a crowd grows, and quiet traffic grows with it. */
export function jumpSignal(scene: Scene, name: string, condition: Condition): Signal {
  const now = partOf(scene.now, condition).packetsPerSecond;
  if (scene.quiet.seen.length === 0)
    return { factor: 0.85, reason: `quiet traffic is not known yet, so ${name} may be usual here` };
  const usual = partOf(scene.quiet, condition).packetsPerSecond;
  const times = now / Math.max(1, usual);
  const factor = 0.6 + 0.4 * ramp(times, 1.2, 3);
  return {
    factor,
    reason: `${name}: ${times >= 1000 ? 'over 1000' : times.toFixed(1)} times the quiet ${rate(usual)}`,
  };
}

/** A handful of flows is what a download, a backup or a speed test looks like. */
export function flowsSignal({ seen }: Traffic): Signal {
  const flows = effectiveCount(
    seen,
    ({ packet }) => `${sourceOf(packet)} ${packet.sourcePort ?? 0} ${packet.destinationPort ?? 0}`,
  );
  const few = flows < 8;
  const reason = few
    ? `only about ${flows.toFixed(0)} flows carry it, as a download does`
    : `no flow stands out among ${seen.length} samples`;
  return { factor: few ? 0.5 : 1, reason };
}

/** How many equal shares would be as diverse (inverse Simpson index). */
function effectiveCount(seen: readonly Seen[], keyOf: (seen: Seen) => string): number {
  const weights = new Map<string, number>();
  for (const one of seen) weights.set(keyOf(one), (weights.get(keyOf(one)) ?? 0) + one.weight);
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const squares = [...weights.values()].reduce((sum, weight) => sum + weight * weight, 0);
  return squares === 0 ? 0 : (total * total) / squares;
}
