/**
 * Protocol flood: IP protocols that no service of the host speaks, often drawn at random. A rule can name one protocol; a
 * flood over all of them has a rule only where something else about it is the same.
 */
import { flood } from '../flood.ts';
import { spoofMark } from '../marks.ts';
import { commonest, effectiveCount, marksSignal, sendersSignal } from '../signals.ts';
import { isKind } from '../tcp.ts';

/** So many protocols at once are drawn at random. */
const manyProtocols = 5;
const oneShareMin = 0.97;

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
      sendersSignal(now, isRandom ? 0.95 : 0.4),
      { factor: 1, reason: `protocols as diverse as ${protocols.toFixed(0)} equal ones` },
      marksSignal([spoofMark(spoofing)], isRandom ? 0.97 : 0.92),
    ];
  },
});
