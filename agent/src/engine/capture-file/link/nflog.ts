/** Packets from the kernel's NFLOG target: a header of 4 bytes, then attributes, of which one is the packet. */
import { cutOff, notIp } from './locator.ts';

const payloadType = 9;
/** The kernel has about 20. */
const attributesMax = 64;

export function nflog(bytes: Uint8Array, from: number, to: number): number {
  let at = from + 4;
  for (let count = 0; count < attributesMax; count++) {
    if (at + 4 > to) return cutOff;
    // In the byte order of the machine that captured; a length that does not fit tells that it is the other one.
    const little = bytes[at]! | (bytes[at + 1]! << 8);
    const isLittle = little >= 4 && at + little <= to;
    const length = isLittle ? little : (bytes[at]! << 8) | bytes[at + 1]!;
    const type = isLittle ? bytes[at + 2]! | (bytes[at + 3]! << 8) : (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (length < 4) return notIp;
    if ((type & 0x7fff) === payloadType) return at + 4 < to ? at + 4 : cutOff;
    at += (length + 3) & ~3;
  }
  return notIp;
}
