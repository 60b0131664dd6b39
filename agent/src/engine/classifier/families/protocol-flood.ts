/**
 * Protocol flood: IP protocols that no service of the host speaks, often drawn at random. A rule can name one protocol; a
 * flood over all of them has a rule only where something else about it is the same.
 */
import { flood } from '../flood.ts';
import { spoofMark } from '../marks.ts';
import { isSenseless } from '../protocols.ts';
import { commonest, effectiveCount, excessShare, marksSignal, sendersSignal } from '../signals.ts';
import type { Signal } from '../signals.ts';
import { isKind } from '../tcp.ts';
import type { Traffic } from '../traffic.ts';

/** So many protocols at once are drawn at random. */
const manyProtocols = 5;
const oneShareMin = 0.97;
/** A tunnel or a routing daemon speaks its protocol: all that it sends has its form. */
const senselessShareMin = 0.75;

export const protocolFlood = flood({
  name: 'protocol_flood',
  title: 'other IP protocols',
  counter: 'otherPackets',
  isMember: isKind('other'),
  conditions: (_scene, { now }) => {
    const one = commonest(now.seen, ({ packet }) => packet.protocol);
    return one !== null && one.share >= oneShareMin ? { protocol: Number(one.value) } : {};
  },
  signals: (_scene, { now }, spoofing) => {
    const protocols = effectiveCount(now.seen, ({ packet }) => packet.protocol);
    const isRandom = protocols >= manyProtocols;
    return [
      senselessSignal(now) ?? sendersSignal(now, isRandom ? 0.95 : 0.4),
      { factor: 1, reason: `protocols as diverse as ${protocols.toFixed(0)} equal ones` },
      marksSignal([spoofMark(spoofing)], isRandom ? 0.97 : 0.92),
    ];
  },
});

/** Null where what came may well be what its protocol says. */
function senselessSignal({ seen }: Traffic): Signal | null {
  const share = excessShare(seen, ({ packet }) => isSenseless(packet));
  if (share < senselessShareMin) return null;
  return {
    factor: 1,
    reason: `${(share * 100).toFixed(0)} % of them are no packets of the protocol they name`,
  };
}
