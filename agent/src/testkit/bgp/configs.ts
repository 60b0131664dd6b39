/** What the two daemons are started with: gobgpd 127.0.0.1 in AS 65001, BIRD 127.0.0.2 in AS 65002. */

const family = (name: string): string => `  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "${name}"
`;

export const gobgpdConfig = `[global.config]
  as = 65001
  router-id = "192.0.2.1"
  port = 1790
  local-address-list = ["127.0.0.1"]
[[neighbors]]
  [neighbors.config]
    neighbor-address = "127.0.0.2"
    peer-as = 65002
  [neighbors.transport.config]
    passive-mode = true
  [neighbors.ebgp-multihop.config]
    enabled = true
    multihop-ttl = 5
${['ipv4-flowspec', 'ipv6-flowspec', 'ipv4-unicast', 'ipv6-unicast'].map(family).join('')}`;

/** What rules are held against has to be searchable by prefix. */
const tries = `ipv4 table master4 { trie yes; };
ipv6 table master6 { trie yes; };
`;
const validation = (family: 4 | 6, validates: boolean): string =>
  validates ? ` validate yes; base table master${family};` : '';

/**
 * @param log A file.
 * @param validates Whether FlowSpec rules are held against its unicast routes (RFC 8955 §6, RFC 9117).
 */
export const birdConfig = (log: string, validates: boolean): string => `router id 192.0.2.2;
log "${log}" all;
log stderr all;
${validates ? tries : ''}flow4 table flowtab4;
flow6 table flowtab6;
protocol device {}
protocol static { ipv4; route 192.0.2.1/32 blackhole; }
protocol static { ipv6; route 100::1/128 blackhole; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; }
protocol bgp gobgp {
  debug { states };
  local 127.0.0.2 port 1791 as 65002;
  strict bind yes;
  neighbor 127.0.0.1 port 1790 as 65001;
  multihop 5;
  connect delay time 1;
  connect retry time 1;
  flow4 { table flowtab4; import all; export none;${validation(4, validates)} };
  flow6 { table flowtab6; import all; export none;${validation(6, validates)} };
  ipv4 { import all; export none; gateway recursive; };
  ipv6 { import all; export none; gateway recursive; };
}
`;
