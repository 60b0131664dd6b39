/** The attack families by their names in the field: what a playbook can be triggered by. */

const amplifiers = (
  'arms bacnet chargen cldap coap dns dvr_dhcp isakmp memcached mssql netbios ntp openvpn plex portmap qotd quic rip ' +
  'sip snmp ssdp stun tftp ubiquiti wsd'
).split(' ');

export const families: readonly string[] = [
  'ack_flood',
  'carpet_bombing',
  'dns_query_flood',
  'esp_flood',
  'fin_flood',
  'game_query_flood',
  'gre_flood',
  'icmp_flood',
  'ip_fragment_flood',
  'multi_vector',
  'protocol_flood',
  'pulse_wave',
  'rst_flood',
  'syn_ack_reflection',
  'syn_flood',
  'tcp_connection_flood',
  'tcp_invalid_flags',
  'udp_flood',
  'udp_fragment_flood',
  ...amplifiers.map((service) => `${service}_amplification`),
];
