/**
 * Playbook: answers attacks with rules, and ends what it began. A pure state machine:
 *
 * ```
 * attack → incident.opened → rails → action.intent → install → receipt → (renew, verify)* → quiet → remove → closed
 *                              ↘ action.refused                ↘ action.failed → the next step or backend
 * ```
 * Promises: no rule without a TTL, and none without its intent on record before; no rule outlives its incident; what
 * is on record as done was read back; after stop-all nothing is installed until it is lifted; everything is bounded.
 */
import { onAdopt } from './adopt.ts';
import { onAttack } from './attack.ts';
import { end, onLift, onPolicy, onRelease, onShutdown, onStopAll } from './orders.ts';
import { onFailed, onReceipt, onRemoved, onRenewed, onSeen } from './outcomes.ts';
import type { Command, PlaybookInput, PlaybookState } from './state.ts';
import { Turn } from './turn.ts';
import type { PlaybookContext } from './turn.ts';
import { onTick } from './upkeep.ts';

export { emptyState, isLive } from './state.ts';
export type { Command, FoundRule, Incident, Mitigation, PlaybookEvent, PlaybookInput, PlaybookState, Policy, Rule, SeenRule } from './state.ts';
export type { PlaybookContext } from './turn.ts';
export { readSnapshot, snapshotOf } from './snapshot.ts';
export type { Snapshot } from './snapshot.ts';

/** One step: what becomes of the state, and what is to be done, in this order. */
export function step(
  state: PlaybookState,
  input: PlaybookInput,
  context: PlaybookContext,
): { readonly state: PlaybookState; readonly commands: readonly Command[] } {
  const turn = new Turn(state, context, input.atNs);
  take(turn, input);
  return { state: turn.state, commands: turn.commands };
}

function take(turn: Turn, event: PlaybookInput): void {
  switch (event.type) {
    case 'attack':
      return onAttack(turn, event.attack, event.evidence);
    case 'quiet': {
      const incident = turn.state.incidents.get(event.target);
      if (incident !== undefined) end(turn, incident, 'quiet');
      return;
    }
    case 'tick':
      return onTick(turn);
    case 'receipt':
      return onReceipt(turn, event.id, event.level, event.rule);
    case 'renewed':
      return onRenewed(turn, event.id);
    case 'seen':
      return onSeen(turn, event.id, event.rule);
    case 'failed':
      return onFailed(turn, event.id, event.code, event.reason);
    case 'removed':
      return onRemoved(turn, event.id, event.rule, event.verified);
    case 'release':
      return onRelease(turn, event.incident, event.by);
    case 'stop-all':
      return onStopAll(turn, event.by);
    case 'lift':
      return onLift(turn, event.by);
    case 'shutdown':
      return onShutdown(turn);
    case 'policy':
      return onPolicy(turn, event.policy);
    case 'adopt':
      return onAdopt(turn, event);
  }
}
