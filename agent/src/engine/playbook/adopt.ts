/** After a restart: keeps what is remembered and installed, writes off what is gone, removes what nobody knows. */
import { onPolicy } from './orders.ts';
import { gone, receipt } from './outcomes.ts';
import type { FoundRule, Incident, Inheritance, Mitigation } from './state.ts';
import type { Turn } from './turn.ts';
import { isUpstream } from './upstream.ts';

export function onAdopt(turn: Turn, { incidents, isStopped, installed }: Inheritance): void {
  turn.state = { ...turn.state, isStopped };
  const unknown = new Map(installed.map((found) => [found.rule.id, found]));
  for (const incident of incidents) {
    turn.put(incident);
    for (const { id } of incident.mitigations) {
      const found = turn.find(id);
      if (found !== null) adopt(turn, found.incident, found.mitigation, unknown.get(id));
      unknown.delete(id);
    }
    const left = turn.state.incidents.get(incident.target);
    if (left !== undefined) turn.closeIfDone(left);
  }
  for (const { backend, rule } of unknown.values()) {
    turn.commands.push({ type: 'remove', backend, id: rule.id, reason: 'orphan' });
    turn.state = { ...turn.state, orphans: new Map(turn.state.orphans).set(rule.id, backend) };
  }
  // stop-all may have been ordered beside an agent that then died before it could obey.
  if (isStopped) for (const incident of turn.state.incidents.values()) turn.removeAll(incident, 'stopped');
  onPolicy(turn, turn.state.policy);
}

function adopt(turn: Turn, incident: Incident, mitigation: Mitigation, found: FoundRule | undefined): void {
  const { id, backend, phase, level, packets, bytes, removal } = mitigation;
  if (phase === 'failed') return;
  if (found === undefined && level === null) {
    const reason = 'the agent ended before the rule was seen to be installed, and it is not there now';
    turn.audit('action.failed', { incident: incident.id, mitigation: id, backend, code: 'TG2004', reason });
    turn.change(incident, mitigation, { phase: 'failed', hasFailed: true, askedAtNs: turn.atNs });
    return;
  }
  if (found === undefined) {
    gone(turn, incident, mitigation, { packets, bytes, isVerified: true });
    return;
  }
  const { rule } = found;
  const seenLevel = rule.level ?? 'installed';
  if (level === null) receipt(turn, incident, mitigation, seenLevel, rule);
  const now = {
    askedAtNs: turn.atNs,
    lookedAtNs: turn.atNs,
    expiresAtNs: turn.atNs + rule.expiresInMs * 1e6,
  };
  const counts = { packets: rule.packets, bytes: rule.bytes };
  const kept = turn.change(incident, mitigation, {
    ...now,
    ...counts,
    phase: 'installed',
    level: level ?? seenLevel,
    isRenewing: false,
  });
  if (phase === 'removing') turn.remove(kept, mitigation, removal ?? 'superseded');
  else if (showsEffect(mitigation) && level !== 'effective') {
    const { counter, remainderPacketsPerSecond } = mitigation;
    turn.commands.push({
      type: 'watch',
      backend,
      id,
      target: incident.target,
      counter,
      remainderPacketsPerSecond,
    });
  }
}

/** What is let pass up to a rate, or only counted, never falls away; of a route nobody counts what it drops. */
const showsEffect = (mitigation: Mitigation): boolean =>
  mitigation.mode === 'enforce' && mitigation.limit === undefined && !isUpstream(mitigation);
