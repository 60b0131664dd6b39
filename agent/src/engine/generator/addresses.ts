import { addressBytes } from '@tidegate/schemas';
import type { SeededRandom } from './random.ts';

/** The target as packets need it, parsed once. */
export interface Ends {
  readonly isIpv4: boolean;
  /** 16 bytes. */
  readonly destination: Uint8Array;
}

export const endsOf = (target: string): Ends => ({
  isIpv4: !target.includes(':'),
  destination: addressBytes(target),
});

const clientNetworks = { ipv4: addressBytes('100.64.0.0'), ipv6: addressBytes('2001:db8:c11e::') };

/** A stable crowd of addresses, 16 bytes each: the same `index` is always the same client. */
export function clientAddress(isIpv4: boolean, index: number): Uint8Array {
  const bytes = (isIpv4 ? clientNetworks.ipv4 : clientNetworks.ipv6).slice();
  const view = new DataView(bytes.buffer);
  // A multiplicative hash spreads neighbours over the prefix.
  const spread = Math.imul(index + 1, 2654435761) >>> 0;
  if (isIpv4) view.setUint32(12, (view.getUint32(12) | (spread & 0x3fffff)) >>> 0);
  else view.setUint32(12, spread);
  return bytes;
}

/** Any address at all, as spoofed sources are. */
export function spoofedAddress(random: SeededRandom, isIpv4: boolean): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  if (isIpv4) {
    view.setUint32(8, 0x0000_ffff);
    view.setUint32(12, random.uint32());
    return bytes;
  }
  // Global unicast, 2000::/3.
  view.setUint32(0, 0x2000_0000 + (random.uint32() >>> 3));
  for (const offset of [4, 8, 12]) view.setUint32(offset, random.uint32());
  return bytes;
}
