/** Which frames libpcap hands over: those that came in, to a protected prefix (pcap-filter(7)). */
import { parseCidr } from '@tidegate/schemas';
import type { WordPrefix } from './rows.ts';

/**
 * Beyond this the kernel would refuse the filter's program (4096 instructions); then all IP comes in and is sorted out
 * by the capture process.
 */
const prefixesMax = 64;

/** @param hasVlans Whether the interface can carry VLAN tags: libpcap refuses the word elsewhere. */
export function captureFilter(cidrs: readonly string[], hasVlans: boolean): string {
  const toProtected =
    cidrs.length > prefixesMax
      ? 'ip or ip6'
      : cidrs.map((cidr) => `dst net ${parseCidr(cidr).text}`).join(' or ');
  // Behind `vlan` everything is looked for four bytes further on, so the tagged cases come last.
  const tagged = `${toProtected} or (vlan and (${toProtected} or (vlan and (${toProtected}))))`;
  return `inbound and (${hasVlans ? tagged : toProtected})`;
}

/** A prefix as words to compare IPv4-mapped addresses with. */
export function wordPrefix(cidr: string): WordPrefix {
  const { family, bytes, length } = parseCidr(cidr);
  const bits = family === 4 ? 96 + length : length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const word = (index: number): number => view.getInt32(index * 4);
  const mask = (index: number): number => {
    const set = Math.min(32, Math.max(0, bits - index * 32));
    return set === 0 ? 0 : -1 << (32 - set);
  };
  return { value: [word(0), word(1), word(2), word(3)], mask: [mask(0), mask(1), mask(2), mask(3)] };
}
