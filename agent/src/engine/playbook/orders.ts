/** What people and policies order: release, stop-all, lift, a new bundle; and the end of an incident. */
import { canonicalJson, parseCidr, cidrCovers, wildcardMatches } from '@tidegate/schemas';
import { changeCeilingMode } from './ceiling.ts';
import { modeOf, prefixOf } from './choose.ts';
import { isDivertedAsWanted } from './diversion.ts';
import { isLive } from './state.ts';
import type { ClosingReason, Incident, Mitigation, PlaybookState, Policy, RemovalReason } from './state.ts';
import type { Turn } from './turn.ts';
import { isAnnouncedAsWanted, isUpstream } from './upstream.ts';

/** Ends an incident: its rules go, and then it is closed. */
export function end(turn: Turn, incident: Incident, reason: ClosingReason & RemovalReason): void {
  if (incident.ending !== null) return;
  const isOrdered = reason === 'quiet' && (incident.isReleased || turn.state.isStopped);
  const ending = isOrdered ? (incident.isReleased ? 'released' : 'stopped') : reason;
  turn.closeIfDone(turn.removeAll(turn.put({ ...incident, ending }), reason));
}

/** The attack seems to be over. Where the playbook says so, its rules go first, and the target is watched without them. */
export function onQuiet(turn: Turn, incident: Incident): void {
  if (incident.ending !== null || incident.probeUntilNs !== null || incident.isQuiet) return;
  // Routers may drop it all: that nothing arrives says nothing.
  if (incident.mitigations.some((one) => isUpstream(one) && isLive(one))) {
    turn.put({ ...incident, isQuiet: true });
    return;
  }
  if (incident.probeMs === 0 || !incident.mitigations.some(isLive)) {
    end(turn, incident, 'quiet');
    return;
  }
  const probeUntilNs = turn.atNs + incident.probeMs * 1e6;
  turn.removeAll(turn.put({ ...incident, probeUntilNs }), 'quiet');
}

/** Lifts mitigations. The incident stays open until the attack is over, and gets no more of them. */
export function onRelease(turn: Turn, id: string | null, by: string): void {
  turn.audit('operator.command', { command: 'release', subject: id ?? 'all', by: by.slice(0, 128) });
  for (const incident of turn.state.incidents.values()) {
    if (id === null || incident.id === id)
      turn.removeAll(turn.put({ ...incident, isReleased: true }), 'released');
  }
}

/** The kill switch. Detection goes on, and says what it would have done. */
export function onStopAll(turn: Turn, by: string): void {
  turn.audit('operator.command', { command: 'stop-all', subject: 'all', by: by.slice(0, 128) });
  turn.state = { ...turn.state, isStopped: true };
  for (const incident of turn.state.incidents.values())
    turn.removeAll(changeCeilingMode(turn, incident), 'stopped');
}

export function onLift(turn: Turn, by: string): void {
  turn.audit('operator.command', { command: 'lift', subject: 'all', by: by.slice(0, 128) });
  turn.state = { ...turn.state, isStopped: false };
  for (const incident of turn.state.incidents.values()) changeCeilingMode(turn, incident);
}

/** Every incident ends with the agent. */
export function onShutdown(turn: Turn): void {
  for (const incident of turn.state.incidents.values()) end(turn, incident, 'stopped');
}

/** A policy takes effect at once: what it no longer allows goes. */
export function onPolicy(turn: Turn, policy: Policy | null): void {
  turn.state = { ...turn.state, policy };
  for (const incident of turn.state.incidents.values()) {
    if (policy === null || !isWatched(policy, incident.target)) {
      end(turn, incident, 'policy');
      continue;
    }
    const stale = incident.mitigations.filter(
      (mitigation) => isLive(mitigation) && !stillWanted(turn.state, policy, incident, mitigation),
    );
    // What was refused, or failed, may be right under the new policy.
    const mitigations = incident.mitigations.filter(({ phase }) => phase !== 'failed');
    const fresh = turn.put({ ...incident, refused: [], waits: [], mitigations, begun: mitigations.length });
    const counted = changeCeilingMode(turn, fresh);
    stale.reduce((left, mitigation) => turn.remove(left, mitigation, 'policy'), counted);
  }
}

/** Without a threshold nobody would ever say that the attack is over. */
const isWatched = ({ protect, thresholds }: Policy, target: string): boolean => {
  const host = parseCidr(prefixOf(target));
  const isCovered = (prefixes: readonly string[]): boolean =>
    prefixes.some((prefix) => cidrCovers(prefix, host));
  return isCovered(protect) && thresholds.some(({ targets }) => targets.length === 0 || isCovered(targets));
};

function stillWanted(
  state: PlaybookState,
  policy: Policy,
  { family: incidentFamily, target }: Incident,
  mitigation: Mitigation,
): boolean {
  const { playbook, family, step, mode, action, limit } = mitigation;
  const present = policy.playbooks.find(({ name }) => name === playbook);
  const wanted = present?.steps[step];
  if (present === undefined || wanted === undefined) return false;
  if (wanted.action !== action || canonicalJson(wanted.limit ?? null) !== canonicalJson(limit ?? null))
    return false;
  if (!isAnnouncedAsWanted(state, wanted, mitigation)) return false;
  if (!isDivertedAsWanted(state, wanted, target, mitigation)) return false;
  const isFor = [family, incidentFamily].some((name) =>
    present.families.some((pattern) => wildcardMatches(pattern, name)),
  );
  return modeOf(policy, wanted) === mode && isFor;
}
