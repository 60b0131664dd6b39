/** An attack was named: open or update its incident, and answer it. */
import type { Evidence, TrafficMatch } from '@tidegate/schemas';
import type { Attack } from '../types.ts';
import { modeOf, nextChoice, playbookFor } from './choose.ts';
import type { Choice } from './choose.ts';
import { refusalOf } from './rails.ts';
import type { Refusal } from './rails.ts';
import { incidentsMax } from './state.ts';
import type { Incident, Mitigation, Policy } from './state.ts';
import { ruleOf } from './turn.ts';
import type { Turn } from './turn.ts';

/** An incident that no playbook is for ends after so much quiet. */
const releaseAfterMsDefault = 60_000;
/** A rise in confidence that is worth a record. */
const confidenceStep = 0.1;

/** What fits into a record. */
const shorten = (reasons: readonly string[]): string[] =>
  reasons.slice(0, 32).map((reason) => reason.slice(0, 500));

export function onAttack(turn: Turn, attack: Attack, evidence: Evidence): void {
  const known = turn.state.incidents.get(attack.target);
  if (known !== undefined && known.ending !== null) return;
  const incident = known === undefined ? open(turn, attack, evidence) : update(turn, known, attack);
  if (incident !== null && !incident.isReleased) answer(turn, incident, attack);
}

function open(turn: Turn, attack: Attack, evidence: Evidence): Incident | null {
  const { target, family, confidence, match } = attack;
  const id = `inc-${turn.context.random.hex(8)}`;
  if (turn.state.incidents.size >= incidentsMax) {
    if (turn.state.isFullOnRecord) return null;
    const reason = `${incidentsMax} incidents are open; ${family} on ${target} and later ones have to wait`;
    turn.audit('action.refused', { incident: id, rail: 'budget', reason, match });
    turn.state = { ...turn.state, isFullOnRecord: true };
    return null;
  }
  turn.audit('incident.opened', {
    incident: id,
    target,
    family,
    confidence,
    evidence,
    reasons: shorten(attack.reasons),
  });
  return turn.put({
    id,
    target,
    family,
    confidence,
    vectors: [family],
    openedAtMs: turn.context.wallMsAt(turn.atNs),
    releaseAfterMs: playbookFor(turn.state.policy, attack)?.releaseAfterMs ?? releaseAfterMsDefault,
    refused: [],
    isReleased: false,
    ending: null,
    mitigations: [],
    begun: 0,
    droppedPackets: 0n,
    droppedBytes: 0n,
  });
}

/** Another vector, or the same attack seen more clearly. */
function update(turn: Turn, incident: Incident, attack: Attack): Incident {
  const { family, confidence } = attack;
  const isNew = !incident.vectors.includes(family);
  if (!isNew && confidence < incident.confidence + confidenceStep) return incident;
  const { id, target } = incident;
  turn.audit('incident.updated', {
    incident: id,
    target,
    family,
    confidence,
    reasons: shorten(attack.reasons),
  });
  const surest = confidence > incident.confidence ? { family, confidence } : {};
  return turn.put({
    ...incident,
    ...surest,
    vectors: [...new Set([...incident.vectors, family])],
  });
}

function answer(turn: Turn, opened: Incident, attack: Attack): void {
  const { policy, isStopped } = turn.state;
  const playbook = playbookFor(policy, attack);
  if (policy === null || playbook === null) return;
  // It may have been opened when it was too doubtful for any playbook.
  const incident = turn.put({ ...opened, releaseAfterMs: playbook.releaseAfterMs });
  const refusal = refusalOf({ attack, incident, policy, isStopped });
  if (refusal !== null) {
    refuse(turn, incident, attack, refusal);
    return;
  }
  const { match } = attack;
  if (match === null) return;
  const choice = nextChoice(
    incident,
    playbook,
    { family: attack.family, match },
    turn.context.backends,
    turn.atNs,
  );
  if (choice === 'none') {
    refuse(turn, incident, attack, {
      rail: 'backend',
      reason: 'this node has no backend that the steps ask for',
    });
  } else if (choice !== 'wait') {
    mitigate(turn, incident, attack, begin(turn, { policy, playbook: playbook.name, choice, attack, match }));
  }
}

function refuse(turn: Turn, incident: Incident, { family, match }: Attack, { rail, reason }: Refusal): void {
  const key = `${rail} ${family}`;
  if (incident.refused.includes(key)) return;
  turn.audit('action.refused', { incident: incident.id, rail, reason: reason.slice(0, 500), match });
  turn.put({ ...incident, refused: [...incident.refused, key] });
}

interface Plan {
  readonly policy: Policy;
  readonly playbook: string;
  readonly choice: Choice;
  readonly attack: Attack;
  readonly match: TrafficMatch;
}

function begin({ context, atNs }: Turn, { policy, playbook, choice, attack, match }: Plan): Mitigation {
  const { step, index, backend } = choice;
  return {
    id: `mit-${context.random.hex(8)}`,
    family: attack.family,
    playbook,
    step: index,
    backend,
    mode: modeOf(policy, step),
    match,
    ttlMs: step.ttlMs,
    counter: attack.counter,
    remainderPacketsPerSecond: attack.remainderPacketsPerSecond,
    phase: 'applying',
    level: null,
    hasFailed: false,
    removal: null,
    askedAtNs: atNs,
    expiresAtNs: atNs + step.ttlMs * 1e6,
    isRenewing: false,
    lookedAtNs: atNs,
    packets: 0n,
    bytes: 0n,
  };
}

function mitigate(turn: Turn, incident: Incident, attack: Attack, mitigation: Mitigation): void {
  const { id, playbook, step, backend, mode, match, ttlMs } = mitigation;
  const what = { playbook, step, action: 'drop' as const, backend, mode, match, ttlMs };
  turn.audit('action.intent', {
    incident: incident.id,
    mitigation: id,
    ...what,
    reasons: shorten(attack.reasons),
  });
  turn.put({ ...incident, mitigations: [...incident.mitigations, mitigation], begun: incident.begun + 1 });
  const { target, counter, remainderPacketsPerSecond } = attack;
  turn.commands.push({
    type: 'install',
    backend,
    rule: ruleOf(mitigation),
    target,
    counter,
    remainderPacketsPerSecond,
  });
}
