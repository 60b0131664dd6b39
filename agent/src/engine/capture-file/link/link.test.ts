import { describe, expect, it } from 'vitest';
import { cutOff, ipLocator, linkTypeName } from './index.ts';
import { notIp } from './locator.ts';

/** Hexadecimal digits, spaces as one likes. */
const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
const macs = '020000000001 020000000002';
const ip = '45000014';

const whole: [string, number, string][] = [
  ['Ethernet', 1, `${macs} 0800`],
  ['Ethernet with IPv6', 1, `${macs} 86dd`],
  ['802.1Q', 1, `${macs} 8100 0064 0800`],
  ['802.1ad around 802.1Q', 1, `${macs} 88a8 0001 8100 0064 0800`],
  ['stacked tags before 802.1ad', 1, `${macs} 9100 0001 8100 0064 86dd`],
  ['two MPLS labels', 1, `${macs} 8847 00010040 00020140`],
  ['PPPoE', 1, `${macs} 8864 11000001 0016 0021`],
  ['802.3 with SNAP', 1, `${macs} 001c aaaa03 000000 0800`],
  ['SLL', 113, '0000 0001 0006 020000000001 0000 0800'],
  ['SLL with a VLAN tag', 113, '0000 0001 0006 020000000001 0000 8100 0064 0800'],
  ['SLL2', 276, '86dd 0000 00000002 0001 00 06 0200000000010000'],
  ['raw', 101, ''],
  ['raw of other systems', 12, ''],
  ['IPv4 alone', 228, ''],
  ['NULL, little-endian', 0, '02000000'],
  ['NULL, big-endian, IPv6 of macOS', 0, '0000001e'],
  ['LOOP', 108, '00000018'],
  ['PPP', 9, '0021'],
  ['PPP with a short protocol', 9, '57'],
  ['PPP in HDLC-like framing', 50, 'ff03 0021'],
  ['HDLC of Cisco', 104, '0f00 0800'],
  ['NFLOG', 239, '02 00 0000 0800 0100 08000100 0500 0a00 61000000 1800 0900'],
  ['NFLOG, big-endian', 239, '02 00 0000 0008 0001 08000100 0018 0009'],
];

describe('where the IP packet begins', () => {
  it.each(whole)('%s', (_, linkType, header) => {
    const before = bytes('ffff');
    const head = bytes(header);
    const frame = Uint8Array.from([...before, ...head, ...bytes(ip), ...new Uint8Array(16)]);
    const locate = ipLocator(linkType)!;
    expect(locate(frame, before.length, frame.length)).toBe(before.length + head.length);
  });

  it.each(whole)('%s: nothing is read behind the end', (_, linkType, header) => {
    const head = bytes(header);
    const locate = ipLocator(linkType)!;
    for (let length = 0; length < head.length; length++) {
      // What lies behind must not be looked at, so it is as tempting as can be.
      const frame = Uint8Array.from([...head, ...bytes(ip), ...new Uint8Array(16)]);
      expect([cutOff, notIp]).toContain(locate(frame, 0, length));
    }
  });

  it.each([
    ['ARP', 1, `${macs} 0806`],
    ['LLC without SNAP', 1, `${macs} 0026 424203 0000000000`],
    ['more tags than any network has', 1, `${macs} ${'8100 0001 '.repeat(9)} 0800`],
    ['labels without end', 1, `${macs} 8847 ${'00000000'.repeat(20)}`],
    ['MPLS around something else', 1, `${macs} 8847 00010140 00000000`],
    ['another protocol of PPP', 9, 'c021'],
    ['another address family', 0, '11000000'],
    ['no family at all', 0, '12345678'],
  ])('%s is no IP', (_, linkType, header) => {
    const frame = Uint8Array.from([...bytes(header), ...new Uint8Array(40)]);
    expect(ipLocator(linkType)!(frame, 0, frame.length)).toBe(notIp);
  });

  it('NFLOG whose attributes have no length, or never end', () => {
    const locate = ipLocator(239)!;
    const empty = new Uint8Array(400);
    expect(locate(empty, 0, empty.length)).toBe(notIp);
    const many = new Uint8Array(4000);
    for (let at = 4; at < many.length; at += 4) many[at] = 4;
    expect(locate(many, 0, many.length)).toBe(notIp);
  });
});

it('what cannot be read has a name all the same', () => {
  expect([ipLocator(105), ipLocator(9999)]).toEqual([null, null]);
  expect([105, 9999, 1].map(linkTypeName)).toEqual(['IEEE802_11', 'type 9999', 'EN10MB']);
});
