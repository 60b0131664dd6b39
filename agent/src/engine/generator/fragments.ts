/** Cuts IP packets into fragments as routers and senders do (RFC 791, RFC 8200 section 4.5). */
import { foldChecksum, sumWords } from '../packet/checksum.ts';
import { ipProtocol } from '../packet/index.ts';

/**
 * The packet as it is where it fits, else its fragments in order.
 *
 * @param mtuBytes Length of the longest IP packet.
 * @param identification Over IPv4 its lower 16 bits.
 */
export function fragmented(packet: Uint8Array, mtuBytes: number, identification: number): Uint8Array[] {
  if (packet.length <= mtuBytes) return [packet];
  const isIpv4 = packet[0]! >> 4 === 4;
  const headerBytes = isIpv4 ? 20 : 40;
  const room = Math.floor((mtuBytes - headerBytes - (isIpv4 ? 0 : 8)) / 8) * 8;
  const fragments: Uint8Array[] = [];
  for (let from = headerBytes; from < packet.length; from += room) {
    const part = packet.subarray(from, from + room);
    const position = { offsetBytes: from - headerBytes, more: from + room < packet.length };
    fragments.push(
      isIpv4
        ? fragmentIpv4(packet, part, position, identification)
        : fragmentIpv6(packet, part, position, identification),
    );
  }
  return fragments;
}

interface Position {
  readonly offsetBytes: number;
  readonly more: boolean;
}

function fragmentIpv4(
  packet: Uint8Array,
  part: Uint8Array,
  { offsetBytes, more }: Position,
  id: number,
): Uint8Array {
  const fragment = new Uint8Array(20 + part.length);
  const view = new DataView(fragment.buffer);
  fragment.set(packet.subarray(0, 20));
  fragment.set(part, 20);
  view.setUint16(2, fragment.length);
  view.setUint16(4, id & 0xffff);
  view.setUint16(6, (more ? 0x2000 : 0) | (offsetBytes >> 3));
  view.setUint16(10, 0);
  view.setUint16(10, foldChecksum(sumWords(fragment, 0, 20)));
  return fragment;
}

function fragmentIpv6(
  packet: Uint8Array,
  part: Uint8Array,
  { offsetBytes, more }: Position,
  id: number,
): Uint8Array {
  const fragment = new Uint8Array(48 + part.length);
  const view = new DataView(fragment.buffer);
  fragment.set(packet.subarray(0, 40));
  fragment.set(part, 48);
  view.setUint16(4, fragment.length - 40);
  fragment[6] = ipProtocol.fragment;
  fragment[40] = packet[6]!;
  view.setUint16(42, offsetBytes | (more ? 1 : 0));
  view.setUint32(44, id);
  return fragment;
}
