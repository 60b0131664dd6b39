/**
 * Playbook: answers attacks with rules, and ends what it began. A pure state machine:
 *
 * ```
 * attack → incident.opened → rails → action.intent → install → receipt → (renew, verify)* → quiet → remove → probe → closed
 *                              ↘ action.refused                ↘ action.failed → the next step or backend
 * ```
 * Promises: no rule without a TTL, and none without its intent on record before; no rule outlives its incident; what
 * is on record as done was read back; after stop-all nothing is installed until it is lifted; everything is bounded.
 */
import { onAdopt } from './adopt.ts';
import { onAttack, onPulses } from './attack.ts';
import { onCeiling } from './ceiling.ts';
import { onPressure } from './escalation.ts';
import { onLift, onPolicy, onQuiet, onRelease, onShutdown, onStopAll } from './orders.ts';
import { onFailed, onReceipt, onRemoved, onRenewed, onSeen } from './outcomes.ts';
import type { Command, PlaybookInput, PlaybookState } from './state.ts';
import { Turn } from './turn.ts';
import type { PlaybookContext } from './turn.ts';
import { onTick } from './upkeep.ts';

export { requestsOf } from './choose.ts';
export { merged, packetsOf } from './held.ts';
export { emptyState, isLive } from './state.ts';
export type {
  Command,
  Detected,
  FoundRule,
  HeldClass,
  Incident,
  Mitigation,
  PlaybookEvent,
  PlaybookInput,
  PlaybookState,
  Policy,
  Rule,
  SeenRule,
} from './state.ts';
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
      onAttack(turn, event.attack, event);
      break;
    case 'pulses':
      onPulses(turn, event.target, event.bursts);
      break;
    case 'quiet': {
      const incident = turn.state.incidents.get(event.target);
      if (incident !== undefined) onQuiet(turn, incident);
      break;
    }
    case 'ceiling':
      onCeiling(turn, event.target, event.threshold, event.exceeded);
      break;
    case 'pressure':
      onPressure(turn, event.target, event);
      break;
    case 'tick':
      onTick(turn);
      break;
    case 'receipt':
      onReceipt(turn, event.id, event.level, event.rule);
      break;
    case 'renewed':
      onRenewed(turn, event.id);
      break;
    case 'seen':
      onSeen(turn, event.id, event.rule);
      break;
    case 'failed':
      onFailed(turn, event.id, event.code, event.reason);
      break;
    case 'removed':
      onRemoved(turn, event.id, event.rule, event.verified);
      break;
    case 'release':
      onRelease(turn, event.incident, event.by);
      break;
    case 'stop-all':
      onStopAll(turn, event.by);
      break;
    case 'lift':
      onLift(turn, event.by);
      break;
    case 'shutdown':
      onShutdown(turn);
      break;
    case 'policy':
      onPolicy(turn, event.policy);
      break;
    case 'adopt':
      onAdopt(turn, event);
      break;
  }
}
