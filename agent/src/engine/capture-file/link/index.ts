/** Where in a frame its IP packet begins, by link type (https://www.tcpdump.org/linktypes.html): one line each. */
import { cooked, cooked2 } from './cooked.ts';
import { ethernet } from './ethernet.ts';
import type { IpLocator } from './locator.ts';
import { addressFamily } from './loopback.ts';
import { nflog } from './nflog.ts';
import { cHdlc, ppp } from './ppp.ts';

export { cutOff } from './locator.ts';
export type { IpLocator } from './locator.ts';

const raw: IpLocator = (_, from) => from;

const locators: ReadonlyMap<number, readonly [name: string, locate: IpLocator]> = new Map([
  [0, ['NULL', addressFamily]],
  [1, ['EN10MB', ethernet]],
  [9, ['PPP', ppp]],
  // 12 and 14 are what some systems call raw IP in their own files.
  [12, ['RAW', raw]],
  [14, ['RAW', raw]],
  [50, ['PPP_HDLC', ppp]],
  [101, ['RAW', raw]],
  [104, ['C_HDLC', cHdlc]],
  [108, ['LOOP', addressFamily]],
  [113, ['LINUX_SLL', cooked]],
  [228, ['IPV4', raw]],
  [229, ['IPV6', raw]],
  [239, ['NFLOG', nflog]],
  [276, ['LINUX_SLL2', cooked2]],
]);

/** Of link types that cannot be read, only those that a capture of a server is likely to have. */
const otherNames: ReadonlyMap<number, string> = new Map([
  [105, 'IEEE802_11'],
  [127, 'IEEE802_11_RADIOTAP'],
  [189, 'USB_LINUX'],
  [220, 'USB_LINUX_MMAPPED'],
  [249, 'USBPCAP'],
  [253, 'NETLINK'],
]);

/** Null where frames of this type cannot be read. */
export const ipLocator = (linkType: number): IpLocator | null => locators.get(linkType)?.[1] ?? null;

/** Such as EN10MB, or the number where it has no name here. */
export const linkTypeName = (linkType: number): string =>
  locators.get(linkType)?.[0] ?? otherNames.get(linkType) ?? `type ${linkType}`;
