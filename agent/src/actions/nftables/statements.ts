/**
 * What is written into the kernel, as lines of nft.
 *
 * Sets are always declared with their elements: `add element` makes libnftables 1.0.6 first read the elements of
 * every interval set on the machine (110 ms beside a foreign set of 50,000), a declaration does not.
 */
import { cidrIsIpv4 } from '@tidegate/schemas';
import type { RuleRequest } from '../backend.ts';
import { asksTransportHeader, matchExpression } from '../../engine/rule-text/index.ts';

/** The comment of the rule by which a table is known as ours, with the version of this layout. */
export const tableMark = 'tidegate/nftables/v1';

const rulesChain = 'mitigations';
/**
 * IPv6 rules that look into the transport header. Trailing fragments have none, and Linux 6.18 then reads the
 * conditions out of the IPv6 header: they never get here.
 */
const headersChain = 'transport6';
export const ruleChains: readonly string[] = [rulesChain, headersChain];
const hookChain = 'prerouting';

/** Before connection tracking reassembles fragments (NF_IP_PRI_CONNTRACK_DEFRAG is -400). */
const hookPriority = -450;

/** The set that gates a rule: named after the digits of the mitigation's id. */
const gateName = (id: string): string => `m_${id.slice('mit-'.length)}`;

/** A rule of ours as the kernel lists it: its id, and the handles by which it is deleted. */
export interface Installed {
  readonly id: string;
  readonly handles: readonly { readonly chain: string; readonly handle: number }[];
  readonly hasGate: boolean;
}

// Without these a host loses its neighbours, its path MTU or its address. They are written as pairs of ports, types
// and codes, never as source addresses, which anybody can forge.
const neverDropped = [
  'ip6 hoplimit 255 icmpv6 type 133-136 accept',
  'icmpv6 type packet-too-big accept',
  'icmp type destination-unreachable icmp code frag-needed accept',
  'meta nfproto ipv4 udp sport 67-68 udp dport 67-68 accept',
  'meta nfproto ipv6 udp sport 546-547 udp dport 546-547 accept',
];

/** Makes the table, or brings what stands before the rules up to date; the rules themselves stay. */
export function tableStatements(instance: string, safelist: readonly string[]): string[] {
  const table = `inet ${instance}`;
  const before = [
    ...neverDropped,
    ...safelistRules(safelist),
    `meta nfproto ipv6 exthdr frag missing jump ${headersChain}`,
    `meta nfproto ipv6 frag frag-off 0 jump ${headersChain}`,
    `jump ${rulesChain} comment "${tableMark}"`,
  ];
  return [
    `add table ${table}`,
    ...ruleChains.map((chain) => `add chain ${table} ${chain}`),
    `add chain ${table} ${hookChain} { type filter hook prerouting priority ${hookPriority}; policy accept; }`,
    `flush chain ${table} ${hookChain}`,
    ...before.map((rule) => `add rule ${table} ${hookChain} ${rule}`),
  ];
}

function safelistRules(safelist: readonly string[]): string[] {
  const rule = (ip: string, prefixes: readonly string[]): string[] =>
    prefixes.length === 0 ? [] : [`${ip} saddr { ${prefixes.join(', ')} } accept`];
  return [
    ...rule('ip', safelist.filter(cidrIsIpv4)),
    ...rule(
      'ip6',
      safelist.filter((prefix) => !cidrIsIpv4(prefix)),
    ),
  ];
}

/**
 * The gate holds the IP version of the rule, so it is asked last, by packets that match everything else. Counting rules
 * stand before dropping ones, which let nothing through to be counted.
 */
export function installStatements(instance: string, { id, match, ttlMs, verdict }: RuleRequest): string[] {
  const gate = gateName(id);
  const [verb, action] = verdict === 'drop' ? ['add', 'counter drop'] : ['insert', 'counter'];
  const chain = !cidrIsIpv4(match.destination) && asksTransportHeader(match) ? headersChain : rulesChain;
  const rule = `${matchExpression(match)} meta nfproto @${gate} ${action} comment "${id}"`;
  return [
    gateStatement(instance, id, cidrIsIpv4(match.destination), ttlMs),
    `${verb} rule inet ${instance} ${chain} ${rule}`,
  ];
}

/** A timeout cannot be changed in place before Linux 6.12: the element is taken out and put back in one transaction. */
export function renewStatements(instance: string, { id, match, ttlMs }: RuleRequest): string[] {
  return [
    `flush set inet ${instance} ${gateName(id)}`,
    gateStatement(instance, id, cidrIsIpv4(match.destination), ttlMs),
  ];
}

const gateStatement = (instance: string, id: string, isIpv4: boolean, ttlMs: number): string => {
  const element = `${isIpv4 ? 'ipv4' : 'ipv6'} timeout ${Math.ceil(ttlMs)}ms`;
  return `add set inet ${instance} ${gateName(id)} { type nf_proto; flags timeout; elements = { ${element} }; }`;
};

/** Rules go first: the kernel refuses to delete a set that a rule still asks. */
export const removeStatements = (instance: string, { id, handles, hasGate }: Installed): string[] => [
  ...handles.map(({ chain, handle }) => `delete rule inet ${instance} ${chain} handle ${handle}`),
  ...(hasGate ? [`delete set inet ${instance} ${gateName(id)}`] : []),
];
