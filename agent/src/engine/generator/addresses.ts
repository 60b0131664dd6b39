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

/** How many access providers the clients of one server have, the larger ones with more of the clients. */
const providers = 400;

/**
 * A stable crowd of clients, 16 bytes each: the same `index` is always the same client. They come from the networks of
 * some hundred access providers (IPv4: a /14 each; IPv6: a /32 each, and in it a /64 of each subscriber).
 */
export function clientAddress(isIpv4: boolean, index: number): Uint8Array {
  const own = mixed(index);
  const provider = mixed(0x5eed + Math.floor(providers * (own / 2 ** 32) ** 2));
  const bytes = new Uint8Array(16);
  if (isIpv4) {
    bytes[10] = 0xff;
    bytes[11] = 0xff;
    put32(bytes, 12, (provider & 0xfffc_0000) | (mixed(own) & 0x3_ffff));
    if (isRouted(bytes[12]!, bytes[13]!)) return bytes;
    bytes[12] = 60 + (bytes[12]! % 30);
    return bytes;
  }
  put32(bytes, 0, ipv6Networks[provider % ipv6Networks.length]! + (provider & 0xf_ffff));
  put32(bytes, 4, mixed(own) & 0xffff_ff00);
  put32(bytes, 8, mixed(own + 1));
  put32(bytes, 12, mixed(own + 2));
  return bytes;
}

/** A hash of 32 bits (the finaliser of MurmurHash3). */
function mixed(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** First /12s of the five registries (IANA, IPv6 global unicast address assignments). */
const ipv6Networks = [0x2400_0000, 0x2600_0000, 0x2800_0000, 0x2a00_0000, 0x2c00_0000] as const;

/** Any address at all, as spoofed sources are. */
export function spoofedAddress(random: SeededRandom, isIpv4: boolean): Uint8Array {
  const bytes = new Uint8Array(16);
  if (isIpv4) {
    bytes[10] = 0xff;
    bytes[11] = 0xff;
    put32(bytes, 12, random.uint32());
    return bytes;
  }
  // Global unicast, 2000::/3.
  put32(bytes, 0, 0x2000_0000 + (random.uint32() >>> 3));
  for (let offset = 4; offset < 16; offset += 4) put32(bytes, offset, random.uint32());
  return bytes;
}

function put32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = (value >>> 16) & 0xff;
  bytes[offset + 2] = (value >>> 8) & 0xff;
  bytes[offset + 3] = value & 0xff;
}

/** A machine that is really there: an address that is routed. */
export function machineAddress(random: SeededRandom, isIpv4: boolean): Uint8Array {
  const bytes = spoofedAddress(random, isIpv4);
  if (isIpv4) {
    while (!isRouted(bytes[12]!, bytes[13]!)) bytes.set(spoofedAddress(random, true));
    return bytes;
  }
  put32(bytes, 0, random.pick(ipv6Networks) + random.integer(0, 0xf_ffff));
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
