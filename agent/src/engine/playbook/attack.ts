/** An attack was named: open or update its incident, and answer it. */
import type { CompiledPlaybook } from '@tidegate/schemas';
import type { Attack, Tier } from '../types.ts';
import { matchFor, modeOf, nextChoice, playbookFor } from './choose.ts';
import type { Choice, Option } from './choose.ts';
import { refusalOf } from './rails.ts';
import type { Refusal } from './rails.ts';
import { incidentsMax } from './state.ts';
import type { Detected, Incident, Mitigation, Policy } from './state.ts';
import { ruleOf } from './turn.ts';
import type { Turn } from './turn.ts';

/** An incident that no playbook is for ends after so much quiet. */
const releaseAfterMsDefault = 60_000;
/** A rise in confidence that is worth a record. */
const confidenceStep = 0.1;

/** What fits into a record. */
const shorten = (reasons: readonly string[]): string[] =>
  reasons.slice(0, 32).map((reason) => reason.slice(0, 500));

export function onAttack(turn: Turn, attack: Attack, found: Detected): void {
  const known = turn.state.incidents.get(attack.target);
  if (known !== undefined && known.ending !== null) return;
  const incident =
    known === undefined ? open(turn, attack, found) : update(turn, endProbe(turn, known), attack);
  if (incident !== null && !incident.isReleased) answer(turn, incident, attack, found);
}

function open(turn: Turn, attack: Attack, { evidence, detected }: Detected): Incident | null {
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
    ...(detected.length === 0 ? {} : { detected: shorten(detected) }),
  });
  return turn.put({
    id,
    target,
    family,
    confidence,
    vectors: [family],
    openedAtMs: turn.context.wallMsAt(turn.atNs),
    releaseAfterMs: playbookFor(turn.state.policy, attack)?.releaseAfterMs ?? releaseAfterMsDefault,
    probeMs: playbookFor(turn.state.policy, attack)?.probeMs ?? 0,
    probeUntilNs: null,
    refused: [],
    isReleased: false,
    ending: null,
    mitigations: [],
    held: null,
    begun: 0,
    droppedPackets: 0n,
    droppedBytes: 0n,
  });
}

/** It came back without its rules. What they were takes no part in the budget of those that come now. */
function endProbe(turn: Turn, incident: Incident): Incident {
  if (incident.probeUntilNs === null) return incident;
  return turn.put({ ...incident, probeUntilNs: null, begun: 0 });
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

function answer(turn: Turn, opened: Incident, attack: Attack, { tier }: Detected): void {
  const { policy } = turn.state;
  const playbook = playbookFor(policy, attack);
  if (policy === null || playbook === null) return;
  // It may have been opened when it was too doubtful for any playbook.
  const { releaseAfterMs, probeMs = 0 } = playbook;
  const incident = turn.put({ ...opened, releaseAfterMs, probeMs });
  const { options, refusals } = optionsOf(turn, { incident, policy, steps: playbook.steps, attack, tier });
  if (options.length === 0) {
    refusals.reduce((left, refusal) => refuse(turn, left, attack, refusal), incident);
    return;
  }
  const asked = { options, playbook: playbook.name, family: attack.family };
  const choice = nextChoice(incident, asked, turn.context.backends, turn.atNs);
  if (choice === 'none') {
    refuse(turn, incident, attack, {
      rail: 'backend',
      reason: 'this node has no backend that the steps ask for; a limit and a SYN proxy need XDP',
      match: options[0]?.match ?? null,
    });
  } else if (choice !== 'wait') {
    mitigate(turn, incident, attack, begin(turn, { policy, playbook: playbook.name, choice, attack }));
  }
}

interface RefusedRule extends Refusal {
  readonly match: Attack['match'];
}

interface Asked {
  readonly incident: Incident;
  readonly policy: Policy;
  readonly steps: CompiledPlaybook['steps'];
  readonly attack: Attack;
  readonly tier: Tier;
}

/** What the rails say of each step: the steps that may be taken, and why the others may not. */
function optionsOf(
  turn: Turn,
  { incident, policy, steps, attack, tier }: Asked,
): { options: Option[]; refusals: RefusedRule[] } {
  const options: Option[] = [];
  const refusals: RefusedRule[] = [];
  for (const [index, step] of steps.entries()) {
    const match = matchFor(step, modeOf(policy, step), attack);
    const { isStopped } = turn.state;
    const refusal = refusalOf({ attack, tier, action: step.action, match, incident, policy, isStopped });
    if (refusal !== null) refusals.push({ ...refusal, match });
    else if (match !== null) options.push({ step, index, match });
  }
  return { options, refusals };
}

function refuse(
  turn: Turn,
  incident: Incident,
  { family }: Attack,
  { rail, reason, match }: RefusedRule,
): Incident {
  const key = `${rail} ${family}`;
  if (incident.refused.includes(key)) return incident;
  turn.audit('action.refused', { incident: incident.id, rail, reason: reason.slice(0, 500), match });
  return turn.put({ ...incident, refused: [...incident.refused, key] });
}

interface Plan {
  readonly policy: Policy;
  readonly playbook: string;
  readonly choice: Choice;
  readonly attack: Attack;
}

function begin({ context, atNs }: Turn, { policy, playbook, choice, attack }: Plan): Mitigation {
  const { step, index, backend, match } = choice;
  return {
    id: `mit-${context.random.hex(8)}`,
    family: attack.family,
    playbook,
    step: index,
    action: step.action,
    ...(step.limit === undefined ? {} : { limit: step.limit }),
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

/** Why this action and no other. */
function whyOf({ playbook, step, action, mode }: Mitigation, { family, confidence }: Attack): string {
  const sure = Math.round(confidence * 100);
  const how = mode === 'enforce' ? action : `${action}, counting only`;
  return `step ${step + 1} of playbook "${playbook}" (${how}): it is for ${family}, and this is one with confidence ${sure} %`;
}

function mitigate(turn: Turn, incident: Incident, attack: Attack, mitigation: Mitigation): void {
  const { id, playbook, step, action, backend, mode, match, ttlMs } = mitigation;
  const what = { playbook, step, action, backend, mode, match, ttlMs };
  turn.audit('action.intent', {
    incident: incident.id,
    mitigation: id,
    ...what,
    reasons: shorten([whyOf(mitigation, attack), ...attack.reasons]),
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
