/** Fragments in whole sets, as real packets make them, or not. */
import { excessShare, percent, sendersSignal } from './signals.ts';
import type { Signal } from './signals.ts';
import type { Traffic } from './traffic.ts';

/** Of fragments that belong together one in 44 is the first, or more; less is a flood of pieces. */
const firstShareMin = 1 / 44;

/** Whole sets may be a transfer between few machines; pieces of nothing are none, whoever sends them. */
export function setsSignal(now: Traffic): Signal {
  const first = excessShare(now.seen, ({ packet }) => packet.fragment === 'first');
  const arePieces = first < firstShareMin || first > 1 - firstShareMin;
  if (!arePieces) return sendersSignal(now);
  return { factor: 1, reason: `${percent(first)} of them are first fragments: they are pieces of nothing` };
}
