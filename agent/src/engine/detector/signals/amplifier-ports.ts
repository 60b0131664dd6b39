/**
 * UDP from the ports of known amplifiers. Of DNS only long answers count, because a resolver's are short (some 50 to
 * 300 bytes) and amplification lives from long ones; of the others nobody but an attacker has thousands a second.
 */
import type { Picture } from '../picture.ts';
import { fixed, percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

/** Mean length of DNS answers, bytes with headers: from here on they are none that people ask for. */
const dnsNoneBytes = 350;
const dnsFullBytes = 700;
/** A tunnel on such a port acknowledges what it takes; a handful of reflectors is told from it by that. */
const bulkAnsweredMin = 0.02;

/** Of all packets; a host that resolves names gets more. */
const usualDnsMin = 0.005;

/** Where nobody knows what is usual and what is answered, a short packet may be a question from such a port. */
const shortNoneBytes = 90;
const shortFullBytes = 200;

export const amplifierPorts: Signal = {
  name: 'amplifier-ports',
  group: 'ports',
  judge(picture) {
    const value = picture.share('udpAmplifierPackets');
    const dns = Math.min(value, picture.share('udpDnsPackets'));
    const dnsBytes = dns === 0 ? 0 : picture.share('udpDnsBytes') / dns;
    const usual = usualShare(picture);
    const counted = value - dns + dns * ramp(dnsBytes, dnsNoneBytes, dnsFullBytes);
    const strange =
      counted === 0 ? 0 : ramp(counted, ...limits(usual ?? 0)) * certainty(picture, value, usual);
    const answered = picture.answered ?? bulkAnsweredMin;
    const isTransfer = strange > 0 && answered >= bulkAnsweredMin && picture.mayBeBulk;
    const score = isTransfer || picture.isAnswered ? 0 : strange;
    const long = dns > 0 ? ` (DNS of ${fixed(dnsBytes)} bytes on average)` : '';
    const before = usual === null ? '' : `, usually ${percent(usual)} of all`;
    const reason = (): string =>
      `${percent(value)} of the excess comes from amplifiers' ports${long}${before}`;
    // Who gets answers of resolvers at other times may have asked for long ones; without a view of what goes out nobody
    // knows.
    const usualDns = picture.quietShare('udpDnsPackets') ?? picture.usualRatio('amplifierShare') ?? 0;
    const mayHaveAsked = picture.answered === null && dns >= value / 2 && usualDns >= usualDnsMin;
    return { score, value, usual, reason, isWeak: mayHaveAsked };
  },
};

/** Nothing and all, in the share of the excess. */
function limits(usual: number): [none: number, full: number] {
  const none = Math.min(0.8, Math.max(0.15, 2 * usual));
  return [none, Math.min(1, Math.max(none + 0.2, 4 * usual))];
}

/** Of amplifiers beside DNS where quiet seconds tell them apart: a resolver always gets answers, and short ones. */
function usualShare(picture: Picture): number | null {
  const all = picture.quietShare('udpAmplifierPackets');
  const dns = picture.quietShare('udpDnsPackets');
  return all === null || dns === null ? picture.usualRatio('amplifierShare') : Math.max(0, all - dns);
}

function certainty(picture: Picture, value: number, usual: number | null): number {
  if (usual !== null || picture.answered !== null) return 1;
  const bytes = picture.share('udpAmplifierBytes') / Math.max(1e-9, value);
  return ramp(bytes, shortNoneBytes, shortFullBytes);
}
