/** Loopback interfaces of BSD systems: the number of the address family, 4 bytes. */
import { cutOff, notIp } from './locator.ts';

/** AF_INET everywhere; AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS. */
const families: ReadonlySet<number> = new Set([2, 10, 24, 28, 30]);

/** In the byte order of the machine that captured (NULL) or of the network (LOOP); no family fits both ways. */
export function addressFamily(bytes: Uint8Array, from: number, to: number): number {
  if (from + 4 > to) return cutOff;
  const isBig = bytes[from] === 0 && bytes[from + 1] === 0;
  const isLittle = bytes[from + 2] === 0 && bytes[from + 3] === 0;
  const family = isBig ? bytes[from + 3]! : bytes[from]!;
  return (isBig || isLittle) && families.has(family) ? from + 4 : notIp;
}
