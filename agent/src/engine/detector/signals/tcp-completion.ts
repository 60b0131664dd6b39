/**
 * TCP that belongs to no conversation: segments that only begin, end or break one (SYN-ACK, FIN, RST), that no stack
 * sends (RFC 9293, section 3.1), or that the server answers with a reset because it knows no such connection (section
 * 3.5.2).
 */
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

const oddNames = ['tcpRst', 'tcpFin', 'tcpSynAck', 'tcpInvalid'] as const;
const oddRatios = ['rstShare', 'finShare', 'synAckShare', 'invalidShare'] as const;

export const tcpCompletion: Signal = {
  name: 'tcp-completion',
  group: 'conversation',
  judge(picture) {
    // The most frequent of the four: a packet that is invalid may count in two of them.
    const odd = Math.max(...oddNames.map((name) => picture.share(name)));
    const known = oddRatios.map((name) => picture.usualRatio(name));
    const usual = known.includes(null) ? null : Math.max(...known.map((share) => share ?? 0));
    const oddScore = ramp(odd, Math.max(0.15, 2 * (usual ?? 0.1)), Math.max(0.4, 4 * (usual ?? 0.1)));
    const tcp = picture.share('tcpPackets');
    const refused = tcp > 0 ? picture.share('outTcpRst') / tcp : 0;
    const refusedScore = ramp(refused, 0.1, 0.4) * ramp(tcp, 0.2, 0.5);
    const score = Math.max(oddScore, refusedScore);
    const reason = (): string =>
      refusedScore > oddScore
        ? `the server answers ${percent(Math.min(1, refused))} of the TCP excess with resets: it knows no such connections`
        : `${percent(odd)} of the excess are TCP packets that only begin, end or break connections`;
    return { score, value: refusedScore > oddScore ? refused : odd, usual, reason };
  },
};
