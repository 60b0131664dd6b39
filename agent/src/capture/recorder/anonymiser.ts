/**
 * Replaces source addresses in samples, so that a recording can be given away.
 *
 * Promises: the same source becomes the same other address within one recording, and two sources share as many leading
 * bits as before (Xu, Fan, Ammar, Moon, "Prefix-preserving IP address anonymization", 2002), so that how concentrated
 * sources are can still be seen; without the key, which is drawn for one recording and kept nowhere, nobody can turn it
 * back. Checksums are corrected. What surely holds further addresses is cut off: the packet quoted in an ICMP error, and
 * what is inside a tunnel. Payloads, IP options and routing headers are left as they are.
 */
import { createCipheriv, randomBytes } from 'node:crypto';
import { ipProtocol, parsePacket } from '../../engine/packet/index.ts';
import { walkExtensionHeaders } from '../../engine/packet/extension-headers.ts';
import type { Packet } from '../../engine/packet/index.ts';
import type { Sample } from '../../engine/types.ts';

export const keyBytes = 32;
/** Addresses whose other address is remembered. */
const rememberedMax = 65_536;
const blockBytes = 16;

const tunnels: ReadonlySet<number> = new Set([
  ipProtocol.gre,
  ...[4, 41, 94, 97, 98, 115, 137], // IP in IP, IPv6, IPIP, EtherIP, ENCAP, L2TP, MPLS in IP
]);
/** Destination unreachable, source quench, redirect, time exceeded, parameter problem. */
const icmpErrors: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
/** ICMPv6 errors are those below (RFC 4443, section 2.1); redirects (137) quote a packet as well. */
const icmpv6ErrorsBelow = 128;
const icmpv6Redirect = 137;

export class Anonymiser {
  readonly #key: Uint8Array;
  readonly #pad: Uint8Array;
  readonly #known = new Map<string, Uint8Array>();

  /** @param secret 32 bytes. @default drawn at random */
  constructor(secret: Uint8Array = randomBytes(keyBytes)) {
    this.#key = secret.slice(0, blockBytes);
    this.#pad = this.#encrypt(secret.slice(blockBytes, 2 * blockBytes));
  }

  /** The sample with another source; one that is no IP packet loses all its bytes but the first. */
  hide(sample: Sample): Sample {
    const packet = parsePacket(sample.data);
    if (packet === null) return { ...sample, data: sample.data.slice(0, 1) };
    const data = packet.data.slice(0, keptBytes(packet));
    const [at, length] = packet.version === 4 ? [12, 4] : [8, 16];
    const before = data.slice(at, at + length);
    const after = this.#replacement(before);
    data.set(after, at);
    correctChecksums(data, packet, differenceOf(before, after));
    return { ...sample, data };
  }

  #replacement(address: Uint8Array): Uint8Array {
    const key = String.fromCharCode(...address);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const other = this.#permute(address);
    if (this.#known.size >= rememberedMax) this.#known.clear();
    this.#known.set(key, other);
    return other;
  }

  /** Each bit is turned or not by a cipher over the bits before it, padded with what nobody knows. */
  #permute(address: Uint8Array): Uint8Array {
    const bits = address.length * 8;
    const blocks = new Uint8Array(bits * blockBytes);
    for (let bit = 0; bit < bits; bit++) {
      const block = blocks.subarray(bit * blockBytes, (bit + 1) * blockBytes);
      block.set(this.#pad);
      block.set(address.subarray(0, bit >> 3));
      const kept = (0xff00 >> (bit & 7)) & 0xff;
      const whole = bit >> 3;
      block[whole] = (address[whole]! & kept) | (this.#pad[whole]! & ~kept & 0xff);
    }
    const turned = this.#encrypt(blocks);
    const other = address.slice();
    for (let bit = 0; bit < bits; bit++)
      other[bit >> 3] = other[bit >> 3]! ^ ((turned[bit * blockBytes]! >> 7) << (7 - (bit & 7)));
    return other;
  }

  #encrypt(blocks: Uint8Array): Uint8Array {
    const cipher = createCipheriv('aes-128-ecb', this.#key, null).setAutoPadding(false);
    return Buffer.concat([cipher.update(blocks), cipher.final()]);
  }
}

/** How much of a packet holds no further address. */
function keptBytes({ data, version, protocol, icmpType, payloadOffset }: Packet): number {
  if (tunnels.has(protocol)) return Math.min(data.length, payloadOffset);
  if (icmpType === null) return data.length;
  const isError =
    version === 4 ? icmpErrors.has(icmpType) : icmpType < icmpv6ErrorsBelow || icmpType === icmpv6Redirect;
  return isError ? Math.min(data.length, payloadOffset) : data.length;
}

/** What the one's complement sum of the words changes by (RFC 1624). */
function differenceOf(before: Uint8Array, after: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < before.length; at += 2) {
    sum += 0xffff - ((before[at]! << 8) | before[at + 1]!);
    sum += (after[at]! << 8) | after[at + 1]!;
  }
  return sum;
}

/** Where the checksum lies behind the begin of the transport header, for protocols whose checksum covers addresses. */
const transportChecksumAt: Readonly<Record<number, number>> = {
  [ipProtocol.tcp]: 16,
  [ipProtocol.udp]: 6,
  [ipProtocol.icmpv6]: 2,
};

/** Where the transport header begins, bytes from the IP header. */
const transportAt = ({ data, version }: Packet): number =>
  version === 4 ? (data[0]! & 0x0f) * 4 : walkExtensionHeaders(data, data[6]!, 40).offset;

function correctChecksums(data: Uint8Array, packet: Packet, difference: number): void {
  const { version, protocol, fragment } = packet;
  if (version === 4) correct(data, 10, difference);
  if (fragment === 'trailing' || (version === 4 && protocol === ipProtocol.icmpv6)) return;
  const offset = transportChecksumAt[protocol];
  if (offset === undefined) return;
  const at = transportAt(packet) + offset;
  // A UDP datagram over IPv4 without a checksum keeps none.
  if (protocol === ipProtocol.udp && data[at] === 0 && data[at + 1] === 0) return;
  correct(data, at, difference);
}

function correct(data: Uint8Array, at: number, difference: number): void {
  if (at + 2 > data.length) return;
  let sum = 0xffff - ((data[at]! << 8) | data[at + 1]!) + difference;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const checksum = 0xffff - sum;
  data[at] = checksum >> 8;
  data[at + 1] = checksum & 0xff;
}
