/** Whether a packet can be what its IP protocol number says, for protocols that tunnels, routers and phones speak. */
import type { Packet } from '../packet/index.ts';

interface Form {
  /** Bytes without which it is no packet of this protocol. */
  readonly bytesMin: number;
  /** Looks at `bytesMin` bytes or more, from the first behind the IP header. */
  readonly holds: (bytes: Uint8Array) => boolean;
}

const version = (bytes: Uint8Array): number => bytes[0]! >> 4;
const oneOf =
  (...types: readonly number[]) =>
  (type: number): boolean =>
    types.includes(type);

const isIgmpType = oneOf(0x11, 0x12, 0x16, 0x17, 0x22);
/** Chunk types of RFC 9260 (section 3.2) and its extensions (RFC 4895, 5061, 6525, 8260, 3758, 4820). */
const isSctpChunk = oneOf(...Array.from({ length: 15 }, (_, type) => type), 64, 128, 130, 132, 192, 193, 194);

const forms: ReadonlyMap<number, Form> = new Map<number, Form>([
  // IGMP: types in use (IANA, IGMP type numbers).
  [2, { bytesMin: 8, holds: (bytes) => isIgmpType(bytes[0]!) }],
  // IPv4 in IP (RFC 2003): version 4, a header of 20 bytes or more.
  [4, { bytesMin: 20, holds: (bytes) => version(bytes) === 4 && (bytes[0]! & 15) >= 5 }],
  // IPv6 in IP (RFC 4213).
  [41, { bytesMin: 40, holds: (bytes) => version(bytes) === 6 }],
  // RSVP (RFC 2205, section 3.1.1): version 1, message types 1 and up.
  [46, { bytesMin: 8, holds: (bytes) => version(bytes) === 1 && bytes[1]! > 0 }],
  // OSPF (RFC 2328, A.3.1; RFC 5340, A.3.1): versions 2 and 3, types 1 to 5.
  [89, { bytesMin: 16, holds: ([of, type]) => (of === 2 || of === 3) && type! >= 1 && type! <= 5 }],
  // PIM (RFC 7761, section 4.9): version 2, types 0 to 12.
  [103, { bytesMin: 4, holds: (bytes) => version(bytes) === 2 && (bytes[0]! & 15) <= 12 }],
  // L2TPv3 over IP (RFC 3931, section 4.1.1): session 0 is a control message, which has its T bit set.
  [
    115,
    { bytesMin: 4, holds: ([a, b, c, d, control]) => (a! | b! | c! | d!) !== 0 || (control! & 0x80) !== 0 },
  ],
  // SCTP (RFC 9260, section 3): both ports, then a chunk of a known type that is at least its own header long.
  [
    132,
    {
      bytesMin: 16,
      holds: (bytes) =>
        (bytes[0]! | bytes[1]!) !== 0 &&
        (bytes[2]! | bytes[3]!) !== 0 &&
        isSctpChunk(bytes[12]!) &&
        (bytes[14]! > 0 || bytes[15]! >= 4),
    },
  ],
  // UDP-Lite (RFC 3828, section 3.1): the coverage is 0, or at least the header.
  [136, { bytesMin: 8, holds: (bytes) => bytes[4]! > 0 || bytes[5] === 0 || bytes[5]! >= 8 }],
]);

/** EGP is historic (RFC 904), 253 and 254 are for experiments (RFC 3692), 255 is reserved: no service speaks them. */
const isUnspoken = oneOf(8, 253, 254, 255);

/** Whether no service can make sense of it. False where nothing is known of its protocol. */
export function isSenseless({ protocol, data, payloadOffset }: Packet): boolean {
  if (isUnspoken(protocol)) return true;
  const form = forms.get(protocol);
  if (form === undefined) return false;
  const bytes = data.subarray(payloadOffset);
  return bytes.length < form.bytesMin || !form.holds(bytes);
}
