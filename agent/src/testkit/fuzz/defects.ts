/** One small mistake for each thing that the program reads, to be planted into its source: see `variant.ts`. */
import type { Defect } from './variant.ts';

export const defects: readonly Defect[] = [
  {
    name: 'VLAN: the second tag is not looked behind',
    file: 'parse.h',
    right: '#define TG_VLANS_MAX 2',
    wrong: '#define TG_VLANS_MAX 1',
  },
  {
    name: 'Ethernet: service tags (802.1ad) are not known',
    file: 'parse.h',
    right: ' && protocol != bpf_htons(ETH_P_8021AD)',
    wrong: '',
  },
  {
    name: 'IPv4: options are taken for the transport header',
    file: 'ip.h',
    right: 'header = ip->ihl * 4;',
    wrong: 'header = sizeof(*ip);',
  },
  {
    name: 'IPv6: the flow label’s neighbour is the hop limit',
    file: 'ip.h',
    right: 'packet->hop_limit = ip->hop_limit;',
    wrong: 'packet->hop_limit = ip->flow_lbl[2];',
  },
  {
    name: 'extension headers: five instead of six',
    file: 'ip.h',
    right: '#define TG_EXTENSIONS_MAX 6',
    wrong: '#define TG_EXTENSIONS_MAX 5',
  },
  {
    name: 'extension headers: authentication is measured in eights',
    file: 'ip.h',
    right: '(extension->length + 2) * 4',
    wrong: '(extension->length + 1) * 8',
  },
  {
    name: 'fragments of IPv4: the highest bit of the offset is left out',
    file: 'ip.h',
    right: 'offset = fragment & 0x1fff;',
    wrong: 'offset = fragment & 0x0fff;',
  },
  {
    name: 'fragments of IPv6: one with more to come is none',
    file: 'ip.h',
    right: '0xfff9',
    wrong: '0xfff8',
  },
  {
    name: 'TCP: the two highest flags are left out',
    file: 'ip.h',
    right: 'packet->tcp_flags = bytes[13];',
    wrong: 'packet->tcp_flags = bytes[13] & 0x3f;',
  },
  {
    name: 'UDP: answers of a DHCP server are not let through',
    file: 'ip.h',
    right: '(to == 67 || to == 68) && (from == 67 || from == 68)',
    wrong: 'to == 67 && (from == 67 || from == 68)',
  },
  {
    name: 'ICMP: every kind of unreachable is let through',
    file: 'ip.h',
    right: 'icmp->type == 3 && icmp->code == 4',
    wrong: 'icmp->type == 3',
  },
  {
    name: 'ICMPv6: redirects count as neighbour discovery',
    file: 'ip.h',
    right: 'icmp->type <= 136',
    wrong: 'icmp->type <= 137',
  },
  {
    name: 'GRE: the sequence number is not skipped',
    file: 'parse.h',
    right: '#define TG_GRE_SEQUENCE 0x1000',
    wrong: '#define TG_GRE_SEQUENCE 0x0000',
  },
  {
    name: 'IP in IP: IPv4 inside IPv6 is not opened',
    file: 'parse.h',
    right: 'if (packet->protocol == IPPROTO_IPIP)',
    wrong: 'if (packet->protocol == IPPROTO_IPIP && packet->family == 4)',
  },
  {
    name: 'counters: one amplifier port is its neighbour’s',
    file: 'count.h',
    right: '37810',
    wrong: '37809',
  },
  {
    name: 'rules: a length is compared without its upper end',
    file: 'rules.h',
    right: 'packet->ip_length, rule->length_from, rule->length_to',
    wrong: 'packet->ip_length, rule->length_from, rule->length_to - 1',
  },
  {
    name: 'safelist: a mapped source in IPv6 passes for the IPv4 client',
    file: 'rules.h',
    right: 'packet->family == 6 && packet->source[0] == 0 &&',
    wrong: 'packet->family == 6 && packet->source[0] == 1 &&',
  },
];
