/** How an attack is answered: the way that policy and rails leave, with one rule or several. */
import type { Backend, CompiledPlaybook, CompiledStep, TrafficMatch } from '@tidegate/schemas';
import type { Attack, Tier } from '../types.ts';
import { begin } from './begin.ts';
import { backendsOf, collateralOf, forecastIn, modeOf, nextWay, playbookFor, requestsOf } from './choose.ts';
import type { Way } from './choose.ts';
import { refusalOf, refuse } from './rails.ts';
import type { RefusedRule } from './rails.ts';
import type { Detected, Incident, Policy } from './state.ts';
import type { Turn } from './turn.ts';
import { announcementFor } from './upstream.ts';

interface Question {
  readonly policy: Policy;
  readonly playbook: CompiledPlaybook;
  readonly attack: Attack;
  readonly tier: Tier;
  readonly forecasts: NonNullable<Detected['forecasts']>;
}

export function answer(turn: Turn, opened: Incident, attack: Attack, found: Detected): void {
  const { policy } = turn.state;
  const playbook = playbookFor(policy, attack);
  if (policy === null || playbook === null) return;
  // It may have been opened when it was too doubtful for any playbook.
  const { releaseAfterMs, probeMs = 0 } = playbook;
  const incident = turn.put({ ...opened, releaseAfterMs, probeMs });
  const question = { policy, playbook, attack, tier: found.tier, forecasts: found.forecasts ?? {} };
  // The rule first; then those that cover the rest of the attack together with it.
  const parts = partsOf(attack);
  let left = incident;
  for (let part = 0; part < parts; part++) left = answerPart(turn, left, question, part);
}

/** The rule or the limit, its companions, and what may only be held to a rate beside rules. */
const partsOf = ({ match, companions = [], limit }: Attack): number =>
  1 + companions.length + (match !== null && limit !== undefined ? 1 : 0);

function answerPart(turn: Turn, incident: Incident, question: Question, part: number): Incident {
  const { playbook, attack } = question;
  const { ways, refusals } = waysOf(turn, incident, question, part);
  if (ways.length === 0) {
    if (part > 0) return incident;
    return refusals.reduce((left, refusal) => refuse(turn, left, attack.family, refusal), incident);
  }
  const way = nextWay(incident, { ways, playbook: playbook.name, family: attack.family }, turn.atNs);
  return way === null ? incident : begin(turn, incident, question, way);
}

const noBackend =
  'this node has no backend that the steps ask for; a limit and a SYN proxy need XDP, and flowspec a speaker in the configuration of the agent';

/** What the rails say of each step in each backend: the ways that may be taken, and why the others may not. */
function waysOf(
  turn: Turn,
  incident: Incident,
  question: Question,
  part: number,
): { ways: Way[]; refusals: RefusedRule[] } {
  const { policy, playbook, attack, tier } = question;
  const { isStopped } = turn.state;
  const ways: Way[] = [];
  const refusals: RefusedRule[] = [];
  const withoutBackend: RefusedRule[] = [];
  for (const [index, step] of playbook.steps.entries()) {
    if (!isFor(step, attack, part)) continue;
    const { action } = step;
    const asked = { attack, tier, action, incident, policy, isStopped };
    const backends = backendsOf(step, turn.context.backends);
    for (const backend of backends) {
      const { match, collateral, fault } = ruleIn(backend, step, question, part);
      const refusal = refusalOf({ ...asked, match, collateral, fault });
      if (refusal !== null) refusals.push({ ...refusal, match });
      else if (match !== null) {
        const announcement = announcementFor(turn.state, step, match, turn.atNs);
        if (announcement === null) ways.push({ step, index, backend, match, collateral });
        else if ('refusal' in announcement) refusals.push({ ...announcement.refusal, match });
        else ways.push({ step, index, backend, match, collateral, announced: announcement.announced });
      }
    }
    if (backends.length > 0) continue;
    const { match, collateral } = ruleIn(turn.context.backends[0] ?? 'xdp', step, question, part);
    const refusal = refusalOf({ ...asked, match, collateral, fault: null });
    if (refusal === null) withoutBackend.push({ rail: 'backend', reason: noBackend, match });
    else refusals.push({ ...refusal, match });
  }
  // Where all that lacks is a backend, that is what a person can change.
  return { ways, refusals: withoutBackend.length > 0 ? withoutBackend : refusals };
}

/** Whether a step answers a part of an attack at once. */
function isFor({ action, when, limit }: CompiledStep, attack: Attack, part: number): boolean {
  if (when !== undefined || action === 'rtbh') return false;
  if (action === 'flowspec') return attack.match !== null && !isRateOnly(attack, part);
  // Companions are dropped where the attack is, and limited where it is; a SYN proxy stands alone.
  if (part > 0 && (action !== 'drop' || (attack.match === null && limit === undefined))) return false;
  return !isRateOnly(attack, part) || limit !== undefined;
}

/** Whether a part is the one that stands beside the rules, and must not be dropped whole. */
const isRateOnly = ({ match, companions = [] }: Attack, part: number): boolean =>
  match !== null && part > companions.length;

interface RuleIn {
  /** Null where a step has no answer. */
  readonly match: TrafficMatch | null;
  readonly collateral: Way['collateral'];
  /** Why the backend cannot say it. */
  readonly fault: string | null;
}

/** The rule by which a step answers an attack in a backend. A SYN proxy that only counts counts requests. */
function ruleIn(backend: Backend, step: CompiledStep, question: Question, part: number): RuleIn {
  const { policy, attack, forecasts } = question;
  const { match, companions = [], limit, proxy } = attack;
  if (step.action === 'synproxy') {
    const isEnforced = modeOf(policy, step) === 'enforce';
    const asked = proxy === undefined ? null : isEnforced ? proxy : requestsOf(proxy);
    return { match: asked, collateral: null, fault: null };
  }
  const companion = companions[part - 1] ?? null;
  // What cannot be told from clients may be held to a rate, and no more.
  if (match === null) {
    const held = part === 0 ? (limit ?? null) : companion;
    return { match: step.limit === undefined ? null : held, collateral: null, fault: null };
  }
  if (isRateOnly(attack, part)) return { match: limit ?? null, collateral: null, fault: null };
  const forecast = forecastIn(forecasts, step, backend);
  const own = part === 0 ? match : companion;
  const predicted = attack.collateral === null ? null : { share: attack.collateral, samples: 0 };
  const collateral = forecast === undefined ? predicted : collateralOf(forecast);
  return { match: forecast?.matches[part] ?? own, collateral, fault: forecast?.refused ?? null };
}
