import { addressBytes } from '@tidegate/schemas';
import type { SeededRandom } from './random.ts';

/** A stable crowd of addresses, 16 bytes each: the same `index` is always the same client. */
export function clientAddress(isIpv4: boolean, index: number): Uint8Array {
  const bytes = addressBytes(isIpv4 ? '100.64.0.0' : '2001:db8:c11e::');
  const view = new DataView(bytes.buffer);
  // A multiplicative hash spreads neighbours over the prefix.
  const spread = Math.imul(index + 1, 2654435761) >>> 0;
  if (isIpv4) view.setUint32(12, (view.getUint32(12) | (spread & 0x3fffff)) >>> 0);
  else view.setUint32(12, spread);
  return bytes;
}

/** Any address at all, as spoofed sources are. */
export function spoofedAddress(random: SeededRandom, isIpv4: boolean): Uint8Array {
  const bytes = addressBytes(isIpv4 ? '0.0.0.0' : '2000::');
  const view = new DataView(bytes.buffer);
  if (isIpv4) {
    view.setUint32(12, random.uint32());
    return bytes;
  }
  view.setUint32(0, 0x2000_0000 + (random.uint32() >>> 3));
  for (const offset of [4, 8, 12]) view.setUint32(offset, random.uint32());
  return bytes;
}
