/** A mitigation begins: its intent goes on record, and then its rule to a backend. */
import type { CompiledPlaybook } from '@tidegate/schemas';
import type { Attack } from '../types.ts';
import { modeOf } from './choose.ts';
import type { Way } from './choose.ts';
import { shorten } from './shorten.ts';
import type { Incident, Mitigation, Policy } from './state.ts';
import { ruleOf } from './turn.ts';
import type { Turn } from './turn.ts';
import { upstreamTtlMs, withAnnouncement } from './upstream.ts';

/** What is answered, and why so. */
export interface Beginning {
  readonly policy: Policy;
  readonly playbook: CompiledPlaybook;
  readonly attack: Pick<
    Attack,
    'target' | 'family' | 'confidence' | 'reasons' | 'counter' | 'remainderPacketsPerSecond'
  >;
  /** Why now, where it is not taken at once. */
  readonly because?: string;
}

function mitigationOf(
  { context, atNs }: Turn,
  { upstreamWithdrawals }: Incident,
  { policy, playbook, attack }: Beginning,
  way: Way,
): Mitigation {
  const { step, index, backend, match, collateral, announced, diverted } = way;
  const ttlMs =
    announced === undefined && diverted === undefined
      ? step.ttlMs
      : upstreamTtlMs(step.ttlMs, upstreamWithdrawals);
  return {
    id: `mit-${context.random.hex(8)}`,
    family: attack.family,
    playbook: playbook.name,
    step: index,
    action: step.action,
    ...(step.limit === undefined ? {} : { limit: step.limit }),
    ...(announced === undefined ? {} : { announced }),
    ...(diverted === undefined ? {} : { diverted }),
    backend,
    mode: modeOf(policy, step),
    match,
    ttlMs,
    counter: attack.counter,
    remainderPacketsPerSecond: attack.remainderPacketsPerSecond,
    phase: 'applying',
    level: null,
    hasFailed: false,
    removal: null,
    askedAtNs: atNs,
    expiresAtNs: atNs + ttlMs * 1e6,
    isRenewing: false,
    lookedAtNs: atNs,
    packets: 0n,
    bytes: 0n,
    ...(collateral === null ? {} : { collateral }),
  };
}

/** Why this action and no other. */
function whyOf(
  { playbook, step, action, mode }: Mitigation,
  { attack: { family, confidence }, because }: Beginning,
): string {
  const sure = Math.round(confidence * 100);
  const how = mode === 'enforce' ? action : `${action}, counting only`;
  const when = because === undefined ? '' : `; ${because}`;
  return `step ${step + 1} of playbook "${playbook}" (${how}): it is for ${family}, and this is one with confidence ${sure} %${when}`;
}

export function begin(turn: Turn, incident: Incident, beginning: Beginning, way: Way): Incident {
  const { attack } = beginning;
  const mitigation = mitigationOf(turn, incident, beginning, way);
  const { id, playbook, step, action, backend, mode, match, ttlMs, collateral, announced } = mitigation;
  const what = { playbook, step, action, backend, mode, match, ttlMs };
  turn.audit('action.intent', {
    incident: incident.id,
    mitigation: id,
    ...what,
    reasons: shorten([whyOf(mitigation, beginning), ...attack.reasons]),
    ...(collateral === undefined || collateral.samples === 0 ? {} : { collateral }),
  });
  const mitigations = [...incident.mitigations, mitigation];
  const after = turn.put({ ...incident, mitigations, begun: incident.begun + 1 });
  if (announced !== undefined && mode === 'enforce') turn.state = withAnnouncement(turn.state, turn.atNs);
  const { target, counter, remainderPacketsPerSecond } = attack;
  turn.commands.push({
    type: 'install',
    backend,
    rule: ruleOf(mitigation),
    target,
    counter,
    remainderPacketsPerSecond,
  });
  return after;
}
