/** What time brings: rules are renewed, looked at, asked to go again, and written off when their TTL is over. */
import { end } from './orders.ts';
import { gone } from './outcomes.ts';
import type { Incident, Mitigation } from './state.ts';
import { ruleOf } from './turn.ts';
import type { Turn } from './turn.ts';
import { isUpstream } from './upstream.ts';

/** How often an installed rule is read back, ns. */
const lookEveryNs = 1e9;
/** A backend that has not answered for so long is asked again, ns. */
const answerNs = 2e9;
/** A backend that never said whether a rule was installed is given up on, ns. */
const silentNs = 10e9;
/** A rule is renewed when this share of its TTL has passed, well before half of it. */
const renewAtShare = 1 / 3;
/** A target is watched so long at least after its routes were withdrawn, ns. */
const upstreamProbeNs = 10e9;
/** Routes are renewed while the attack was seen within this, ns. */
const seenNs = 5e9;
/** After the end of a TTL, the kernel and the clocks get this much, ns. */
const graceNs = 1e9;

export function onTick(turn: Turn): void {
  for (const { target } of turn.state.incidents.values()) {
    endProbe(turn, target);
    probeUpstream(turn, target);
    const ids = turn.state.incidents.get(target)?.mitigations.map(({ id }) => id) ?? [];
    // What is asked to go again goes in the order in which it should.
    for (const id of ids.reverse()) {
      const found = turn.find(id);
      if (found !== null) keepUp(turn, found.incident, found.mitigation);
    }
  }
}

/** Nothing came back while the rules were lifted. */
function endProbe(turn: Turn, target: string): void {
  const incident = turn.state.incidents.get(target);
  if (incident === undefined || incident.probeUntilNs === null || turn.atNs < incident.probeUntilNs) return;
  end(turn, turn.put({ ...incident, probeUntilNs: null }), 'quiet');
}

/** The routes of an attack that nobody sees are gone: now it shows whether it is over. */
function probeUpstream(turn: Turn, target: string): void {
  const incident = turn.state.incidents.get(target);
  if (incident === undefined || !incident.isQuiet) return;
  if (incident.ending !== null || incident.probeUntilNs !== null) return;
  if (incident.mitigations.some((one) => isUpstream(one) && one.phase !== 'failed')) return;
  const probeUntilNs = turn.atNs + Math.max(upstreamProbeNs, incident.probeMs * 1e6);
  turn.put({ ...incident, probeUntilNs, upstreamWithdrawals: incident.upstreamWithdrawals + 1 });
}

function keepUp(turn: Turn, incident: Incident, mitigation: Mitigation): void {
  const { phase, expiresAtNs, askedAtNs } = mitigation;
  if (phase === 'failed') return;
  if (phase !== 'applying' && turn.atNs > expiresAtNs + graceNs) {
    // The kernel ended it by itself, and nobody answered in time to say so.
    gone(turn, incident, mitigation, {
      packets: mitigation.packets,
      bytes: mitigation.bytes,
      isVerified: false,
    });
  } else if (phase === 'installed') {
    keepInstalled(turn, incident, mitigation);
  } else if (phase === 'applying' && turn.atNs - askedAtNs >= silentNs) {
    giveUp(turn, incident, mitigation);
  } else if (phase === 'removing' && turn.atNs - askedAtNs >= answerNs) {
    turn.remove(incident, mitigation, mitigation.removal ?? 'expired');
  }
}

function keepInstalled(turn: Turn, incident: Incident, mitigation: Mitigation): void {
  const { id, backend, ttlMs, isRenewing, askedAtNs, expiresAtNs, lookedAtNs } = mitigation;
  const dueNs = expiresAtNs - ttlMs * 1e6 * (1 - renewAtShare);
  // A renewal that was asked for has its time to be answered; with a short TTL, no more than there is.
  const mayAsk = !isRenewing || turn.atNs - askedAtNs >= Math.min(answerNs, (ttlMs * 1e6) / 4);
  const isNeeded = !isUpstream(mitigation) || turn.atNs - incident.seenAtNs < seenNs;
  if (turn.atNs >= dueNs && mayAsk && isNeeded) {
    turn.commands.push({ type: 'renew', backend, rule: ruleOf(mitigation) });
    turn.change(incident, mitigation, { isRenewing: true, askedAtNs: turn.atNs });
  } else if (turn.atNs - lookedAtNs >= lookEveryNs) {
    turn.commands.push({ type: 'verify', backend, id });
    turn.change(incident, mitigation, { lookedAtNs: turn.atNs });
  }
}

/** Nobody said whether the rule was installed; in case it still will be, it is to go. */
function giveUp(turn: Turn, incident: Incident, mitigation: Mitigation): void {
  const { id, backend } = mitigation;
  const reason = `the backend gave no answer for ${silentNs / 1e9} s`;
  turn.audit('action.failed', { incident: incident.id, mitigation: id, backend, code: 'TG2003', reason });
  turn.remove(turn.change(incident, mitigation, { hasFailed: true }), mitigation, 'superseded');
}
