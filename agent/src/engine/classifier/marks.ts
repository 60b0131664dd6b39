/** What gives a program away among people: sameness, made-up sources, packets that belong to no conversation. */
import { counter } from '../types.ts';
import type { Members, Scene } from './scene.ts';
import { commonest, effectiveCount, excessShare, fewFlows, flowKey, ramp } from './signals.ts';
import type { Mark } from './signals.ts';
import type { Spoofing } from './spoofing.ts';
import { packetsPerSecond } from './traffic.ts';
import type { Seen, Traffic } from './traffic.ts';

const none: Mark = { strength: 0, reason: '' };

/** Sources that are made up belong to no client; what is unknown speaks for nothing. */
export const spoofMark = ({ likelihood, reason }: Spoofing): Mark => ({
  strength: ramp(likelihood, 0.3, 0.9) * 0.95,
  reason,
});

/** So much of the excess, or of what rose, must have the same value, and no more than this of quiet traffic. */
const sameShareMin = 0.95;
const sameRiseMin = 0.85;
const usualShareMax = 0.5;

function sameMark(
  members: Members,
  what: string,
  strength: number,
  valueOf: (seen: Seen) => number | null,
): Mark {
  const { now, quiet } = members;
  const ofExcess = commonest(now.seen, valueOf);
  if (ofExcess !== null && ofExcess.share >= sameShareMin) {
    const usual = excessShare(quiet.seen, (seen) => valueOf(seen) === ofExcess.value);
    if (quiet.seen.length > 0 && usual > usualShareMax) return none;
    return { strength, reason: `all have ${what} ${ofExcess.value}` };
  }
  const risen = risenMost(members, valueOf);
  if (risen === null || risen.share < sameRiseMin || risen.usualShare > usualShareMax) return none;
  const alike = now.seen.filter((seen) => valueOf(seen) === risen.value);
  // A few connections that send more than before have much in common, too.
  if (effectiveCount(alike, flowKey) < fewFlows) return none;
  return { strength, reason: `all that came in addition have ${what} ${risen.value}` };
}

/** Fewer samples on either side say little of what rose. */
const riseSamplesMin = 40;

/**
 * The value whose packets/s rose most, and its part of all that rose. Where quiet traffic goes on beneath a flood, and
 * looks like it but for this value, the excess holds some of both.
 */
function risenMost(
  { now, quiet }: Members,
  valueOf: (seen: Seen) => number | null,
): { readonly value: number; readonly share: number; readonly usualShare: number } | null {
  if (now.seen.length < riseSamplesMin || quiet.seen.length < riseSamplesMin) return null;
  const rise = packetsPerSecond(now) - packetsPerSecond(quiet);
  if (rise <= 0) return null;
  const [before, present] = [rates(quiet, valueOf), rates(now, valueOf)];
  let most: { value: number; share: number; usualShare: number } | null = null;
  for (const [value, rate] of present) {
    const usual = before.get(value) ?? 0;
    const share = (rate - usual) / rise;
    if (most === null || share > most.share)
      most = { value, share, usualShare: usual / packetsPerSecond(quiet) };
  }
  return most;
}

/** Packets/s of each value. */
function rates({ seen, scale }: Traffic, valueOf: (seen: Seen) => number | null): Map<number, number> {
  const found = new Map<number, number>();
  for (const one of seen) {
    const value = valueOf(one);
    if (value !== null) found.set(value, (found.get(value) ?? 0) + one.weight * scale);
  }
  return found;
}

/** Senders that have nothing else in common never all send the same length, unless they send nothing but headers. */
export const sameLengthMark = (members: Members, strength: number): Mark =>
  sameMark(members, 'length', strength, ({ length, packet }) =>
    length > packet.payloadOffset ? length : null,
  );

/** Clients draw their ports from tens of thousands. */
export const sameSourcePortMark = (members: Members): Mark =>
  sameMark(members, 'source port', 0.9, ({ packet }) => packet.sourcePort);

/** Each system, and each path, has windows of its own. */
export const sameWindowMark = (members: Members): Mark =>
  sameMark(members, 'window', 0.5, ({ packet }) => packet.tcpWindow);

/** Resets that a host sends for each packet of a flood: it knows of no such connection (RFC 9293, section 3.10.7.1). */
export function resetMark({ counts }: Scene, received: number): Mark {
  const resets = counts[counter.outTcpRst]!;
  const share = received === 0 ? 0 : resets / received;
  return {
    strength: 0.9 * ramp(share, 0.1, 0.5),
    reason: `the host answers ${(100 * Math.min(1, share)).toFixed(0)} % of them with a reset`,
  };
}

/**
 * What the detector found already, by the name of its signal. It looked at everything that came: so far as another family
 * was named for that, it says nothing of this one.
 */
export function signalMark({ signals, now, unnamed }: Scene, name: string, strength: number): Mark {
  const found = signals.find((signal) => signal.name === name);
  if (found === undefined || now.excess === 0) return none;
  return { strength: strength * found.score * (unnamed.excess / now.excess), reason: found.reason };
}
