import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { destinationOf, parsePacket } from '../packet/index.ts';
import { collect } from './collect.contract.ts';
import { ipLocator, linkTypeName } from './link/index.ts';

const ipv4 = [29, 43, 428].map((length) => `198.51.100.2 ${length}`);
const ipv6 = [49, 63, 448].map((length) => `2001:db8::2 ${length}`);

it.each([
  ['tcpdump-ethernet.pcap', ['EN10MB'], ipv4],
  ['tcpdump-stacked-vlans.pcap', ['EN10MB'], ipv4],
  ['tcpdump-any.pcap', ['LINUX_SLL2'], ipv4],
  ['tcpdump-any-sll-ipv6.pcap', ['LINUX_SLL'], ipv6],
  ['tcpdump-nflog.pcap', ['NFLOG'], ipv4],
  ['editcap-nanoseconds.pcap', ['EN10MB'], ipv4],
  ['editcap-modified.pcap', ['EN10MB'], ipv4],
  ['mergecap.pcapng', ['EN10MB', 'LINUX_SLL2'], [...ipv4, ...ipv4, ...ipv4, ...ipv4]],
])('%s', (name, links, packets) => {
  const { frames, facts } = collect(readFileSync(join(import.meta.dirname, 'fixtures', name)), [100]);
  expect(facts.damage).toBeNull();
  expect([...new Set(frames.map(({ linkType }) => linkTypeName(linkType)))]).toEqual(links);
  const found = frames.map(({ bytes, linkType }) => {
    const packet = parsePacket(bytes.subarray(ipLocator(linkType)!(bytes, 0, bytes.length)))!;
    return `${destinationOf(packet)} ${packet.length}`;
  });
  expect(found.sort()).toEqual([...packets].sort());
  // The times of one sending lie within a second; those of a merged file within the minutes between its parts.
  const [first, last] = [frames[0]!.atNs, frames.at(-1)!.atNs];
  expect(first).toBe(0);
  expect(last).toBeGreaterThan(0);
  expect(last).toBeLessThan(name.startsWith('merge') ? 600e9 : 1e9);
});
