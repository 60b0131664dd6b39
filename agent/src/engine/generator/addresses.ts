/** Addresses and their ways: a stable crowd of clients, machines anywhere, and what spoofing makes up. */
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

/** A machine that is really there: an address that is routed. */
export function machineAddress(random: SeededRandom, isIpv4: boolean): Uint8Array {
  const bytes = spoofedAddress(random, isIpv4);
  if (isIpv4) {
    while (!isRouted(bytes[12]!, bytes[13]!)) bytes.set(spoofedAddress(random, true));
    return bytes;
  }
  // First /12s of the five registries (IANA, IPv6 global unicast address assignments).
  const view = new DataView(bytes.buffer);
  const registry = random.pick([0x2400_0000, 0x2600_0000, 0x2800_0000, 0x2a00_0000, 0x2c00_0000]);
  view.setUint32(0, registry + random.integer(0, 0xf_ffff));
  return bytes;
}

/** Not private, shared, local, multicast or reserved (IANA, IPv4 special-purpose address registry). */
function isRouted(first: number, second: number): boolean {
  if (first === 0 || first === 10 || first === 127 || first >= 224) return false;
  if (first === 100) return second < 64 || second > 127;
  if (first === 169) return second !== 254;
  if (first === 172) return second < 16 || second > 31;
  if (first === 192) return second !== 168 && second !== 0;
  if (first === 198) return second !== 18 && second !== 19 && second !== 51;
  return first !== 203 || second !== 0;
}

/**
 * Time to live with which a machine's packets arrive: what its system starts with (64: Linux, macOS, phones; 128:
 * Windows; 255: routers), less the hops of a usual way through the Internet, some 8 to 22.
 */
export function arrivingTtl(
  random: SeededRandom,
  initial = random.pick([64, 64, 64, 128, 128, 255]),
): number {
  return initial - random.integer(8, 22);
}
