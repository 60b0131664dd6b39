/**
 * What may be announced at all, whoever asks: the last check before a speaker, and the same one in the checks of a policy.
 *
 * Promises: pure; never throws for a route whose addresses were read; a refusal says which rail and what would pass.
 */
import { cidrContains, cidrCovers, parseCidr } from '../net/cidr.ts';
import { flowspecProblems } from '../flowspec/validate.ts';
import type { FlowspecMatch, NumberRange } from '../flowspec/rule.ts';
import type { BgpRoute } from './route.ts';

export interface AnnouncementRails {
  /** Prefixes of ours: nothing else is anybody's business here. */
  readonly owned: readonly string[];
  /** Addresses of both ends of BGP sessions: a rule may not end the session that it came by. */
  readonly peerings: readonly string[];
  /** Shortest length of a destination, by family: `{ 4: 24, 6: 48 }`. */
  readonly flowspecLengthMin: Readonly<Record<4 | 6, number>>;
  /** As above: `{ 4: 32, 6: 128 }`. */
  readonly blackholeLengthMin: Readonly<Record<4 | 6, number>>;
  /** Routes at a time. */
  readonly routesMax: number;
  /** Announcements in any 60 s. */
  readonly perMinute: number;
  /** Share of the owned IPv4 addresses, and of the owned IPv6 /64s, that may be blackholed at a time, 0 to 1. */
  readonly blackholedShareMax: number;
}

export interface RailRefusal {
  readonly rail: 'soundness' | 'owned' | 'breadth' | 'peering' | 'budget' | 'pace' | 'blackholed';
  readonly reason: string;
}

/** What stands already. */
export interface Standing {
  /** Every route that is wanted now, without the one that is asked for. */
  readonly routes: readonly BgpRoute[];
  /** How many were announced in the last 60 s. */
  readonly announcedLastMinute: number;
}

/** Null where it may be announced. */
export function railRefusal(
  route: BgpRoute,
  standing: Standing,
  rails: AnnouncementRails,
): RailRefusal | null {
  for (const rail of [soundness, owned, breadth, peering]) {
    const refusal = rail(route, rails);
    if (refusal !== null) return refusal;
  }
  return budget(standing, rails) ?? blackholed(route, standing, rails);
}

const destinationOf = (route: BgpRoute): string =>
  route.kind === 'flowspec' ? route.rule.match.destination : route.prefix;

function soundness(route: BgpRoute): RailRefusal | null {
  if (route.kind === 'blackhole') return null;
  const [problem] = flowspecProblems(route.rule);
  return problem === undefined
    ? null
    : { rail: 'soundness', reason: `the rule is not sound at ${problem.path}: ${problem.message}` };
}

function owned(route: BgpRoute, rails: AnnouncementRails): RailRefusal | null {
  const destination = destinationOf(route);
  if (rails.owned.some((prefix) => cidrCovers(prefix, destination))) return null;
  const known = rails.owned.length === 0 ? 'none is listed' : `these are: ${rails.owned.join(', ')}`;
  return { rail: 'owned', reason: `${destination} lies in no prefix that is listed as owned; ${known}` };
}

function breadth(route: BgpRoute, rails: AnnouncementRails): RailRefusal | null {
  const { family, length } = parseCidr(destinationOf(route));
  const least = (route.kind === 'flowspec' ? rails.flowspecLengthMin : rails.blackholeLengthMin)[family];
  if (length >= least) return null;
  return {
    rail: 'breadth',
    reason: `${destinationOf(route)} is wider than /${least}, which is the widest that may be announced as ${route.kind}`,
  };
}

function peering(route: BgpRoute, rails: AnnouncementRails): RailRefusal | null {
  const hit = rails.peerings.find((address) => cidrContains(destinationOf(route), address));
  if (hit === undefined) return null;
  if (route.kind === 'flowspec' && !meetsBgp(route.rule.match, rails.peerings)) return null;
  return {
    rail: 'peering',
    reason: `it could drop the BGP session of ${hit} (TCP port 179): name protocols or ports that leave it out`,
  };
}

const bgpPort = 179;
const tcp = 6;
const takes = (ranges: readonly NumberRange[] | undefined, value: number): boolean =>
  ranges === undefined || ranges.some(({ from, to }) => from <= value && value <= to);

/** Whether packets of a session may be among those of a rule: port 179 is that of one end, the other has any. */
function meetsBgp(match: FlowspecMatch, peerings: readonly string[]): boolean {
  const { source } = match;
  if (source !== undefined && !peerings.some((address) => cidrContains(source, address))) return false;
  if (!takes(match.protocols, tcp)) return false;
  return takes(match.destinationPorts, bgpPort) || takes(match.sourcePorts, bgpPort);
}

function budget({ routes, announcedLastMinute }: Standing, rails: AnnouncementRails): RailRefusal | null {
  if (routes.length >= rails.routesMax)
    return {
      rail: 'budget',
      reason: `${routes.length} routes stand, and no more than ${rails.routesMax} may`,
    };
  if (announcedLastMinute < rails.perMinute) return null;
  return {
    rail: 'pace',
    reason: `${announcedLastMinute} routes were announced within a minute, and no more than ${rails.perMinute} may be`,
  };
}

function blackholed(route: BgpRoute, { routes }: Standing, rails: AnnouncementRails): RailRefusal | null {
  if (route.kind === 'flowspec') return null;
  const { family } = parseCidr(route.prefix);
  const isOfFamily = (prefix: string): boolean => parseCidr(prefix).family === family;
  const own = sizeOf(rails.owned.filter(isOfFamily));
  const gone = sizeOf([
    ...routes.flatMap((one) => (one.kind === 'blackhole' && isOfFamily(one.prefix) ? [one.prefix] : [])),
    route.prefix,
  ]);
  // One address may always be given up: of a small network it is a large share.
  if (routes.every(({ kind }) => kind !== 'blackhole') || gone <= rails.blackholedShareMax * own) return null;
  return {
    rail: 'blackholed',
    reason: `with it ${percent(gone / own)} of the owned IPv${family} addresses were given up, and no more than ${percent(rails.blackholedShareMax)} may be`,
  };
}

const percent = (share: number): string => `${(share * 100).toPrecision(2)} %`;

/** In addresses of IPv4, or in /64s of IPv6, of which an address takes a whole one; each prefix once. */
function sizeOf(prefixes: readonly string[]): number {
  const distinct = [...new Set(prefixes)];
  return distinct
    .filter((one) => !distinct.some((other) => other !== one && cidrCovers(other, one)))
    .reduce((sum, prefix) => {
      const { family, length } = parseCidr(prefix);
      return sum + 2 ** (family === 4 ? 32 - length : Math.max(0, 64 - length));
    }, 0);
}
