/**
 * Routes that defend: FlowSpec rules and blackholes, in the bytes of BGP.
 *
 * ```ts
 * const wire = encodeRoute({ kind: 'blackhole', prefix: '203.0.113.7/32', nextHop: '192.0.2.1', communities: [blackholeCommunity] });
 * const reading = decodeRoute(wire);
 * ```
 */
export { railRefusal } from './rails.ts';
export type { AnnouncementRails, RailRefusal, Standing } from './rails.ts';
export { blackholeCommunity, noExportCommunity } from './route.ts';
export type { BgpRoute, BlackholeRoute, FlowspecRoute, WireRoute } from './route.ts';
export { canonicalRoute, decodeRoute, encodeRoute, routeKey, wireKey } from './wire.ts';
