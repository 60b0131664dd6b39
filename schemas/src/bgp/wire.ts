/**
 * Routes in the bytes of BGP and back.
 *
 * Promises: routes that mean the same have the same bytes; decoding never throws, and says why where a route is none of
 * ours.
 */
import { parseAddress } from '../net/address.ts';
import { parseCidr, readCidr } from '../net/cidr.ts';
import { canonicalMatch } from '../flowspec/canonical.ts';
import { decodeNlri, encodeNlri } from '../flowspec/nlri.ts';
import type { FlowspecAction } from '../flowspec/rule.ts';
import { decodeAction, encodeActions } from './actions.ts';
import {
  addressText,
  attribute,
  chunks,
  communityText,
  decodeAttribute,
  encodeAttribute,
  encodeCommunities,
} from './attributes.ts';
import type { BgpRoute, WireRoute } from './route.ts';

const flowspecSafi = 133;

/** Throws TG1007 or RangeError for what no check has seen before: an address or a community that is none. */
export function encodeRoute(route: BgpRoute): WireRoute {
  const afi = familyOf(route) === 4 ? 1 : 2;
  const safi = route.kind === 'flowspec' ? flowspecSafi : 1;
  const nlri = nlriOf(route);
  const nextHop = route.kind === 'flowspec' ? (afi === 1 ? '0.0.0.0' : '::') : route.nextHop;
  const { plain, ipv6 } =
    route.kind === 'flowspec' ? encodeActions(route.rule.actions) : { plain: [], ipv6: [] };
  const many = (type: number, values: readonly Uint8Array[]): Uint8Array[] =>
    values.length === 0 ? [] : [encodeAttribute(type, Uint8Array.from(values.flatMap((one) => [...one])))];
  const communities = encodeCommunities(route.communities);
  return {
    afi,
    safi,
    nlri,
    attributes: [
      encodeAttribute(attribute.origin, Uint8Array.of(0)),
      ...(afi === 1 ? [encodeAttribute(attribute.nextHop, addressOf(nextHop))] : []),
      ...(communities.length === 0 ? [] : [encodeAttribute(attribute.communities, communities)]),
      ...(afi === 2 ? [encodeAttribute(attribute.mpReach, reach(afi, safi, addressOf(nextHop), nlri))] : []),
      ...many(attribute.extendedCommunities, plain),
      ...many(attribute.ipv6ExtendedCommunities, ipv6),
    ],
  };
}

/** What a BGP table tells routes apart by: a later one with the same key takes the place of the earlier one. */
export const routeKey = (route: BgpRoute): string =>
  wireKey({
    afi: familyOf(route) === 4 ? 1 : 2,
    safi: route.kind === 'flowspec' ? 133 : 1,
    nlri: nlriOf(route),
  });

export const wireKey = ({ afi, safi, nlri }: Pick<WireRoute, 'afi' | 'safi' | 'nlri'>): string =>
  `${afi}/${safi} ${[...nlri].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;

function familyOf(route: BgpRoute): 4 | 6 {
  return route.kind === 'flowspec' ? route.rule.match.family : parseCidr(route.prefix).family;
}

function nlriOf(route: BgpRoute): Uint8Array {
  if (route.kind === 'flowspec') {
    const bytes = encodeNlri(route.rule.match);
    return Uint8Array.of(bytes.length, ...bytes);
  }
  const { family, bytes, length } = parseCidr(route.prefix);
  return Uint8Array.of(length, ...bytes.subarray(family === 4 ? 12 : 0).subarray(0, Math.ceil(length / 8)));
}

function addressOf(text: string): Uint8Array {
  const { family, bytes } = parseAddress(text);
  return family === 4 ? bytes.slice(12) : bytes;
}

/** MP_REACH_NLRI (RFC 4760, section 3): family, next hop, a reserved octet, the route. */
const reach = (afi: number, safi: number, nextHop: Uint8Array, nlri: Uint8Array): Uint8Array =>
  Uint8Array.of(0, afi, safi, nextHop.length, ...nextHop, 0, ...nlri);

export type RouteReading =
  { readonly ok: true; readonly route: BgpRoute } | { readonly ok: false; readonly reason: string };

export function decodeRoute(wire: WireRoute): RouteReading {
  const read = readAttributes(wire.attributes);
  if (read === null) return { ok: false, reason: 'its attributes are cut off' };
  const { communities, actions, nextHop } = read;
  if (wire.safi === flowspecSafi) {
    const [length, ...bytes] = wire.nlri;
    // Longer ones have two octets of length; none of ours is.
    if (length !== bytes.length) return { ok: false, reason: 'its length is not that of its bytes' };
    const reading = decodeNlri(Uint8Array.from(bytes), wire.afi === 1 ? 4 : 6);
    if (!reading.ok) return reading;
    return { ok: true, route: { kind: 'flowspec', rule: { match: reading.match, actions }, communities } };
  }
  const prefix = readPrefix(wire);
  if (prefix === null) return { ok: false, reason: 'it is no prefix' };
  if (nextHop === null) return { ok: false, reason: 'it has no next hop' };
  return { ok: true, route: { kind: 'blackhole', prefix, nextHop, communities } };
}

interface Attributes {
  readonly communities: string[];
  readonly actions: FlowspecAction[];
  readonly nextHop: string | null;
}

function readAttributes(attributes: readonly Uint8Array[]): Attributes | null {
  const communities: string[] = [];
  const actions: FlowspecAction[] = [];
  let nextHop: string | null = null;
  for (const bytes of attributes) {
    const read = decodeAttribute(bytes);
    if (read === null) return null;
    const { type, value } = read;
    if (type === attribute.nextHop && value.length === 4) nextHop = addressText(value);
    if (type === attribute.mpReach) nextHop = reachNextHop(value);
    if (type === attribute.communities) {
      const each = chunks(value, 4);
      if (each === null) return null;
      communities.push(...each.map(communityText));
    }
    if (type === attribute.extendedCommunities || type === attribute.ipv6ExtendedCommunities) {
      const each = chunks(value, type === attribute.extendedCommunities ? 8 : 20);
      if (each === null) return null;
      actions.push(...each.flatMap((one) => decodeAction(one) ?? []));
    }
  }
  return { communities, actions, nextHop };
}

/** A second, link-local next hop may follow (RFC 2545, section 3). */
function reachNextHop(value: Uint8Array): string | null {
  const length = value[3] ?? 0;
  const bytes = value.subarray(4, 4 + Math.min(length, 16));
  return bytes.length === 4 || bytes.length === 16 ? addressText(bytes) : null;
}

function readPrefix({ afi, nlri }: WireRoute): string | null {
  const [length = 0, ...pattern] = nlri;
  const octets = afi === 1 ? 4 : 16;
  if (length > octets * 8 || pattern.length !== Math.ceil(length / 8)) return null;
  const bytes = new Uint8Array(octets);
  bytes.set(pattern);
  const reading = readCidr(`${addressText(bytes)}/${length}`);
  return reading.ok ? reading.value.text : null;
}

/** The same in the form in which all of its parts are in order: what a speaker reads back. */
export const canonicalRoute = (route: BgpRoute): BgpRoute =>
  route.kind === 'blackhole'
    ? { ...route, communities: inOrder(route.communities) }
    : {
        kind: 'flowspec',
        rule: { match: canonicalMatch(route.rule.match), actions: route.rule.actions },
        communities: inOrder(route.communities),
      };

const inOrder = (communities: readonly string[]): string[] =>
  (chunks(encodeCommunities(communities), 4) ?? []).map(communityText);
