/** Tunnels of a site: few gateways, that were there before. */
import type { Members } from './scene.ts';
import { excessShare, sendersSignal, sourceKey } from './signals.ts';
import type { Signal } from './signals.ts';

const knownShareMin = 0.5;
/** Few senders that nobody knows may be a new tunnel, though those rarely begin with a flood. */
const factorOfNew = 0.75;
const factorOfKnown = 0.4;

export function tunnelSignal({ now, quiet }: Members): Signal {
  const known = new Set(quiet.seen.map(sourceKey));
  const share = excessShare(now.seen, (seen) => known.has(sourceKey(seen)));
  if (share >= knownShareMin)
    return { factor: factorOfKnown, reason: 'it comes from gateways that were there before' };
  return sendersSignal(now, quiet.seen.length === 0 ? factorOfNew : factorOfKnown);
}
