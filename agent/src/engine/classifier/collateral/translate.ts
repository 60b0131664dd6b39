/** A rule as each backend would install it: what it cannot say is left out, and named. */
import { parseCidr } from '@tidegate/schemas';
import type { TrafficMatch } from '@tidegate/schemas';
import { ipProtocol } from '../../packet/index.ts';

export const collateralBackends = ['xdp', 'nftables', 'flowspec'] as const;
export type CollateralBackend = (typeof collateralBackends)[number];

type Condition = Exclude<keyof TrafficMatch, 'destination'>;

interface Translation {
  /** What is left of the rule. */
  readonly match: TrafficMatch;
  /** Conditions that were left out: the rule then hits more than was asked for. */
  readonly lost: readonly Condition[];
  /** Why no rule at all is left, or none that may be installed; null where there is one. */
  readonly refused: string | null;
}

/**
 * What each backend cannot say. nftables here knows neither hop limits nor fragments nor payloads, and refuses such rules
 * (TG2002); this tells what a rule without them would hit. FlowSpec has components for neither hop limits nor payloads
 * (RFC 8955, section 4.2.2; RFC 8956).
 */
const unsaid: Readonly<Record<CollateralBackend, readonly Condition[]>> = {
  xdp: [],
  nftables: ['hopLimits', 'fragment', 'payload'],
  flowspec: ['hopLimits', 'payload'],
};

/** Shortest destination prefixes that a FlowSpec rule is announced for without a person's approval. */
const flowspecPrefixMin = { 4: 24, 6: 48 } as const;

export function translate(match: TrafficMatch, backend: CollateralBackend): Translation {
  const lost = unsaid[backend].filter((name) => match[name] !== undefined);
  const kept = Object.fromEntries(
    Object.entries(match).filter(([name]) => !(lost as readonly string[]).includes(name)),
  ) as TrafficMatch;
  return { match: kept, lost, refused: refusalOf(kept, lost, backend) };
}

function refusalOf(
  match: TrafficMatch,
  lost: readonly Condition[],
  backend: CollateralBackend,
): string | null {
  const { destination, ...conditions } = match;
  if (Object.keys(conditions).length === 0)
    return `without ${lost.join(' and ')} only the destination would be left`;
  const isProtocolAlone = Object.keys(conditions).join() === 'protocol';
  const carriesEverything = match.protocol === ipProtocol.tcp || match.protocol === ipProtocol.udp;
  if (lost.length > 0 && isProtocolAlone && carriesEverything)
    return `without ${lost.join(' and ')} it would be for all of protocol ${match.protocol}`;
  if (backend !== 'flowspec') return null;
  const { family, length } = parseCidr(destination);
  const shortest = flowspecPrefixMin[family];
  return length < shortest ? `${destination} is wider than /${shortest}` : null;
}
