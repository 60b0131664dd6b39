/**
 * FireHOL's .netset and .ipset files: `#` comments at the head, one of which says how many entries follow, then an
 * address or a prefix a line.
 *
 * Level 1 holds private and reserved space by design; the guards take it out.
 */
import type { FeedFormat } from '../format.ts';

/** "3939 subnets, 611184833 unique IPs" in a netset: lines, and addresses in them. "2364 unique IPs" in an ipset. */
const entriesLine = /^#\s*Entries\s*:\s*(\d{1,9}) (?:subnets|unique IPs)\b/;

export const fireholNetset: FeedFormat = {
  name: 'firehol-netset',
  open: () => (line, sink) => {
    if (!line.startsWith('#')) {
      sink.entry(line.trim());
      return;
    }
    const count = entriesLine.exec(line)?.[1];
    if (count !== undefined) sink.announce(Number(count));
  },
};
