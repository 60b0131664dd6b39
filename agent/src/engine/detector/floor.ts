/** The static floor: how far a window is over its threshold. */
import type { CompiledThreshold, Evidence } from '@tidegate/schemas';
import type { TargetWindow } from '../types.ts';

/** What of a threshold says when something is too much. */
export type Floors = Pick<CompiledThreshold, 'floorPacketsPerSecond' | 'floorBitsPerSecond' | 'sensitivity'>;

export interface Excess {
  readonly metric: Evidence['metric'];
  /** The measured rate, packets/s or bits/s. */
  readonly value: number;
  /** The floor, in the same unit. */
  readonly floor: number;
}

/** The metric that lies furthest over its floor times `ratio`, null where none reaches it. */
export function excessOf(window: TargetWindow, floors: Floors, ratio = 1): Excess | null {
  const packets = excess('packets', window.packetsPerSecond, floors.floorPacketsPerSecond, ratio);
  const bits = excess('bits', window.bitsPerSecond, floors.floorBitsPerSecond, ratio);
  if (packets === null || bits === null) return packets ?? bits;
  return bits.value / bits.floor > packets.value / packets.floor ? bits : packets;
}

function excess(metric: Excess['metric'], value: number, floor: number | null, ratio: number): Excess | null {
  // A window without a single packet exceeds nothing, not even a floor of 0.
  return floor === null || value === 0 || value < floor * ratio ? null : { metric, value, floor };
}
