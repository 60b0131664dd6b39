/** Mitigation in front of the host: what is announced for a rule, and the rails that are about it. */
import { canonicalJson, parseCidr } from '@tidegate/schemas';
import type { CompiledFlowSpecPolicy, CompiledStep, TrafficMatch } from '@tidegate/schemas';
import { railRefusal } from '@tidegate/schemas/bgp';
import type { AnnouncementRails, BgpRoute } from '@tidegate/schemas/bgp';
import { flowspecMatch } from '@tidegate/schemas/flowspec';
import { isAnnouncing } from './choose.ts';
import { scrubbedBy } from './diversion.ts';
import type { Refusal } from './rails.ts';
import { isLive } from './state.ts';
import type { Announced, Mitigation, PlaybookState } from './state.ts';

/** What an announcement counts for the pace of a minute, ns. */
const minuteNs = 60e9;
/** A route that came back with its attack is held twice as long each time, and never longer than this, ms. */
const ttlMsMax = 86_400_000;

export type Announcement = { readonly announced: Announced } | { readonly refusal: Refusal };

/** What routers are told for a rule; null for a step that stays on the host. */
export function announcementFor(
  state: PlaybookState,
  step: CompiledStep,
  match: TrafficMatch,
  atNs: number,
): Announcement | null {
  if (!isAnnouncing(step.action)) return null;
  const policy = state.policy?.flowspec?.find(({ name }) => name === step.policy);
  if (policy === undefined)
    return refused('policy', `no FlowSpecPolicy called "${step.policy ?? ''}" is in force here`);
  const route = routeOf(policy, step, match);
  const scrubbed = step.action === 'rtbh' ? scrubbedBy(state, match.destination) : null;
  if (scrubbed !== null)
    return refused(
      'scrubbing',
      `the Scrubber "${scrubbed.scrubber}" has ${scrubbed.prefix}: what is scrubbed is not blackholed`,
    );
  if (route === null)
    return refused(
      'next-hop',
      `the FlowSpecPolicy "${policy.name}" names no next hop for ${match.destination}`,
    );
  const standing = { routes: routesOf(state, policy.name), announcedLastMinute: announcedAt(state, atNs) };
  const refusal = railRefusal(route, standing, railsOf(policy));
  return refusal === null
    ? { announced: { policy: policy.name, speaker: policy.speaker, route } }
    : { refusal };
}

const refused = (rail: string, reason: string): Announcement => ({ refusal: { rail, reason } });

/** Null where the policy has no next hop for a blackhole. */
const routeOf = (policy: CompiledFlowSpecPolicy, step: CompiledStep, match: TrafficMatch): BgpRoute | null =>
  step.action === 'rtbh' ? blackholeOf(policy, match) : flowspecOf(policy, step, match);

function flowspecOf(
  { communities }: CompiledFlowSpecPolicy,
  { limit }: CompiledStep,
  match: TrafficMatch,
): BgpRoute {
  const action =
    limit === undefined
      ? ({ type: 'discard' } as const)
      : ({ type: 'limit', bytesPerSecond: limit.perSecond / 8 } as const);
  return { kind: 'flowspec', rule: { match: flowspecMatch(match), actions: [action] }, communities };
}

function blackholeOf({ blackhole }: CompiledFlowSpecPolicy, { destination }: TrafficMatch): BgpRoute | null {
  const { family } = parseCidr(destination);
  const nextHop = (family === 4 ? blackhole?.nextHop : blackhole?.nextHop6) ?? null;
  if (blackhole === undefined || nextHop === null) return null;
  return { kind: 'blackhole', prefix: destination, nextHop, communities: blackhole.communities };
}

const railsOf = (policy: CompiledFlowSpecPolicy): AnnouncementRails => ({
  owned: policy.owned,
  // The node knows its own sessions, and asks once more.
  peerings: [],
  flowspecLengthMin: { 4: policy.lengthMin, 6: policy.lengthMin6 },
  blackholeLengthMin: { 4: 32, 6: 128 },
  routesMax: policy.routesMax,
  perMinute: policy.perMinute,
  blackholedShareMax: policy.blackholedShareMax,
});

/** Routes of a policy that stand or are on their way. */
const routesOf = ({ incidents }: PlaybookState, policy: string): BgpRoute[] =>
  [...incidents.values()].flatMap(({ mitigations }) =>
    mitigations.flatMap((one) =>
      one.announced?.policy === policy && isLive(one) && one.mode === 'enforce' ? [one.announced.route] : [],
    ),
  );

const announcedAt = ({ announcedAtNs }: PlaybookState, atNs: number): number =>
  announcedAtNs.filter((one) => atNs - one < minuteNs).length;

/** The state after one more announcement. */
export const withAnnouncement = (state: PlaybookState, atNs: number): PlaybookState => ({
  ...state,
  announcedAtNs: [...state.announcedAtNs.filter((one) => atNs - one < minuteNs), atNs],
});

/** Whether a mitigation is one of somebody in front, not of this host. */
export const isUpstream = ({ announced, diverted }: Mitigation): boolean =>
  announced !== undefined || diverted !== undefined;

/** How long a route is held that was withdrawn so often before to see whether the attack is over. */
export const upstreamTtlMs = (ttlMs: number, withdrawals: number): number =>
  Math.min(ttlMsMax, ttlMs * 2 ** Math.min(withdrawals, 20));

/** Whether a mitigation announces what the policy in force would announce. */
export function isAnnouncedAsWanted(
  { policy }: PlaybookState,
  step: CompiledStep,
  { announced, match }: Mitigation,
): boolean {
  if (announced === undefined) return !isAnnouncing(step.action);
  const wanted = policy?.flowspec?.find(({ name }) => name === step.policy);
  if (wanted === undefined || wanted.name !== announced.policy || wanted.speaker !== announced.speaker)
    return false;
  const route = routeOf(wanted, step, match);
  return route !== null && canonicalJson(route) === canonicalJson(announced.route);
}
