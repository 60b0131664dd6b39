/**
 * Actions as extended communities (RFC 8955, section 7; RFC 5668 and RFC 4360 for route targets;
 * draft-ietf-idr-flowspec-redirect-ip, section 3).
 */
import { parseAddress } from '../net/address.ts';
import type { FlowspecAction } from '../flowspec/rule.ts';
import { addressText } from './attributes.ts';

/** Type and sub-type of each. */
const types = {
  rateBytes: 0x8006,
  ratePackets: 0x800c,
  redirectTwoOctetAs: 0x8008,
  redirectAddress: 0x8108,
  redirectFourOctetAs: 0x8208,
  mark: 0x8009,
  redirectToIpv4: 0x010c,
} as const;

/** Of an IPv6 address specific community (RFC 5701), 20 octets. */
const redirectToIpv6 = 0x000c;

export interface ExtendedCommunities {
  /** Eight octets each (attribute 16). */
  readonly plain: readonly Uint8Array[];
  /** Twenty octets each (attribute 25). */
  readonly ipv6: readonly Uint8Array[];
}

export function encodeActions(actions: readonly FlowspecAction[]): ExtendedCommunities {
  const [plain, ipv6]: [Uint8Array[], Uint8Array[]] = [[], []];
  for (const action of actions) {
    if (action.type === 'redirectToIp' && action.address.includes(':')) {
      const bytes = new Uint8Array(20);
      new DataView(bytes.buffer).setUint16(0, redirectToIpv6);
      bytes.set(parseAddress(action.address).bytes, 2);
      ipv6.push(bytes);
    } else plain.push(encodeAction(action));
  }
  return { plain, ipv6 };
}

function encodeAction(action: FlowspecAction): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  const rate = (type: number, perSecond: number): void => {
    view.setUint16(0, type);
    view.setFloat32(4, perSecond);
  };
  switch (action.type) {
    case 'discard':
      rate(types.rateBytes, 0);
      break;
    case 'limit':
      rate(types.rateBytes, action.bytesPerSecond);
      break;
    case 'limitPackets':
      rate(types.ratePackets, action.packetsPerSecond);
      break;
    case 'mark':
      view.setUint16(0, types.mark);
      bytes[7] = action.dscp;
      break;
    case 'redirect':
      encodeRouteTarget(bytes, view, action.routeTarget);
      break;
    case 'redirectToIp':
      view.setUint16(0, types.redirectToIpv4);
      bytes.set(parseAddress(action.address).bytes.subarray(12), 2);
      break;
  }
  return bytes;
}

function encodeRouteTarget(bytes: Uint8Array, view: DataView, text: string): void {
  const [administrator = '', number = ''] = text.split(':');
  if (administrator.includes('.')) {
    view.setUint16(0, types.redirectAddress);
    bytes.set(parseAddress(administrator).bytes.subarray(12), 2);
    view.setUint16(6, Number(number));
  } else if (Number(administrator) <= 0xffff) {
    view.setUint16(0, types.redirectTwoOctetAs);
    view.setUint16(2, Number(administrator));
    view.setUint32(4, Number(number));
  } else {
    view.setUint16(0, types.redirectFourOctetAs);
    view.setUint32(2, Number(administrator));
    view.setUint16(6, Number(number));
  }
}

/** Null where it says something else; other communities may stand beside actions. */
export function decodeAction(bytes: Uint8Array): FlowspecAction | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 20) {
    return view.getUint16(0) === redirectToIpv6
      ? { type: 'redirectToIp', address: addressText(bytes.slice(2, 18)) }
      : null;
  }
  if (bytes.length !== 8) return null;
  switch (view.getUint16(0)) {
    case types.rateBytes: {
      const bytesPerSecond = view.getFloat32(4);
      return bytesPerSecond === 0 ? { type: 'discard' } : { type: 'limit', bytesPerSecond };
    }
    case types.ratePackets:
      return { type: 'limitPackets', packetsPerSecond: view.getFloat32(4) };
    case types.mark:
      return { type: 'mark', dscp: bytes[7]! & 0x3f };
    case types.redirectTwoOctetAs:
      return { type: 'redirect', routeTarget: `${view.getUint16(2)}:${view.getUint32(4)}` };
    case types.redirectAddress:
      return { type: 'redirect', routeTarget: `${addressText(bytes.subarray(2, 6))}:${view.getUint16(6)}` };
    case types.redirectFourOctetAs:
      return { type: 'redirect', routeTarget: `${view.getUint32(2)}:${view.getUint16(6)}` };
    case types.redirectToIpv4:
      return { type: 'redirectToIp', address: addressText(bytes.subarray(2, 6)) };
    default:
      return null;
  }
}
