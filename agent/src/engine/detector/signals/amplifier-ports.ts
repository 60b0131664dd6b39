/**
 * UDP from the ports of known amplifiers. Of DNS only long answers count, because a resolver's are short (some 50 to
 * 300 bytes) and amplification lives from long ones; of the others nobody but an attacker has thousands a second.
 */
import { fixed, percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

/** Mean length of DNS answers, bytes with headers: from here on they are none that people ask for. */
const dnsNoneBytes = 350;
const dnsFullBytes = 700;
/** What goes out for each packet that comes: from here on these are answers that were asked for. */
const askedMin = 0.3;

export const amplifierPorts: Signal = {
  name: 'amplifier-ports',
  group: 'ports',
  judge(picture) {
    const value = picture.share('udpAmplifierPackets');
    const dns = Math.min(value, picture.share('udpDnsPackets'));
    const dnsBytes = dns === 0 ? 0 : picture.share('udpDnsBytes') / dns;
    const usual = picture.usualRatio('amplifierShare');
    const [none, full] = [Math.max(0.15, 2 * (usual ?? 0)), Math.max(0.4, 4 * (usual ?? 0))];
    const counted = value - dns + dns * ramp(dnsBytes, dnsNoneBytes, dnsFullBytes);
    const isAsked = (picture.answered ?? 0) >= askedMin;
    const strange = isAsked ? 0 : ramp(counted, none, Math.min(1, full));
    const score = strange > 0 && picture.isBulk ? 0 : strange;
    const long = dns > 0 ? ` (DNS of ${fixed(dnsBytes)} bytes on average)` : '';
    const before = usual === null ? '' : `, usually ${percent(usual)} of all`;
    const reason = (): string => `${percent(value)} of the excess comes from amplifiers' ports${long}${before}`;
    return { score, value, usual, reason };
  },
};
