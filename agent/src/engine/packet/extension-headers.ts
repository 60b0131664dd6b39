/** Follows the chain of IPv6 extension headers to the upper-layer header: RFC 8200, section 4. */
import { ipProtocol } from './constants.ts';

/** `trailing` is every fragment but the first: it carries no ports. */
export type Fragment = 'none' | 'first' | 'trailing';

/** As in bpf/parse.h. A sender needs three or four; a longer chain is made to slip past filters. */
const extensionHeadersMax = 6;

const extensions: ReadonlySet<number> = new Set([
  ipProtocol.hopByHop,
  ipProtocol.routing,
  ipProtocol.fragment,
  ipProtocol.authentication,
  ipProtocol.destinationOptions,
]);

export interface HeaderChain {
  readonly protocol: number;
  readonly fragment: Fragment;
  /** Where the header of `protocol` begins, bytes from the IP header. */
  readonly offset: number;
  /** False where the chain is cut off or too long: then nothing is known of the upper layer. */
  readonly complete: boolean;
}

export function walkExtensionHeaders(data: Uint8Array, first: number, start: number): HeaderChain {
  let protocol = first;
  let offset = start;
  let fragment: Fragment = 'none';
  for (let count = 0; extensions.has(protocol); count++) {
    const needed = protocol === ipProtocol.fragment ? 8 : 2;
    if (count === extensionHeadersMax || offset + needed > data.length) {
      return { protocol, fragment, offset, complete: false };
    }
    const length = extensionLength(data, protocol, offset);
    if (protocol === ipProtocol.fragment) {
      const field = (data[offset + 2]! << 8) | data[offset + 3]!;
      if (field >> 3 !== 0) {
        return { protocol: data[offset]!, fragment: 'trailing', offset: offset + length, complete: true };
      }
      // Offset 0 without more fragments is an "atomic" fragment (RFC 6946): a whole packet, where none before says else.
      if ((field & 1) !== 0) fragment = 'first';
    }
    protocol = data[offset]!;
    offset += length;
  }
  return { protocol, fragment, offset, complete: true };
}

function extensionLength(data: Uint8Array, protocol: number, offset: number): number {
  if (protocol === ipProtocol.fragment) return 8;
  // In units of 4 bytes, minus 2 (RFC 4302, section 2.2).
  if (protocol === ipProtocol.authentication) return (data[offset + 1]! + 2) * 4;
  return (data[offset + 1]! + 1) * 8;
}
