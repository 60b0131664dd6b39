/**
 * Whole inputs of `nft -f`: each makes its table where there is none, so each can be pasted alone, and all of them one
 * after the other. `nft delete table inet tidegate_suggested` takes them all back.
 */
import { cidrIsIpv4, type TrafficMatch } from '@tidegate/schemas';
import { asksTransportHeader, matchExpression } from './nft-expression.ts';

const table = 'table inet tidegate_suggested';
/** Before connection tracking, which costs more than the packet is worth (NF_IP_PRI_CONNTRACK_DEFRAG is -400). */
const prerouting = 'type filter hook prerouting priority -450; policy accept;';

/** Trailing fragments of IPv6 have no ports, but Linux was seen to read them out of other bytes. */
const wholePackets = (match: TrafficMatch): string =>
  !cidrIsIpv4(match.destination) && asksTransportHeader(match) ? 'exthdr frag missing ' : '';

const block = (name: string, chain: string, rules: readonly string[]): string =>
  [`${table} {`, `  chain ${name} {`, ...[chain, ...rules].map((line) => `    ${line}`), '  }', '}'].join(
    '\n',
  );

export const nftablesDrop = (match: TrafficMatch): string =>
  block('prerouting', prerouting, [`${wholePackets(match)}${matchExpression(match)} counter drop`]);

/** @param packetsPerSecond What may pass; a whole number. */
export const nftablesLimit = (match: TrafficMatch, packetsPerSecond: number): string =>
  block('prerouting', prerouting, [
    `${wholePackets(match)}${matchExpression(match)} limit rate over ${packetsPerSecond}/second counter drop`,
  ]);

/** The kernel answers connection requests with cookies, and hands on only those that are completed. */
export function nftablesSynproxy(match: TrafficMatch): string {
  const ports = matchExpression(match);
  const raw = 'type filter hook prerouting priority raw; policy accept;';
  const input = 'type filter hook input priority filter; policy accept;';
  return [
    '# also: sysctl -w net.ipv4.tcp_syncookies=1 net.ipv4.tcp_timestamps=1 net.netfilter.nf_conntrack_tcp_loose=0',
    block('synproxy_raw', raw, [`${ports} tcp flags & (fin | syn | rst | ack) == syn notrack`]),
    block('synproxy_input', input, [
      `${ports} ct state { invalid, untracked } synproxy mss 1460 wscale 7 timestamp sack-perm`,
      `${ports} ct state invalid drop`,
    ]),
  ].join('\n');
}
