/**
 * Escalation: steps that are taken beside those before them, when the attack is past what those can do.
 *
 * A condition is measured on what arrives, with what the host drops, and must hold without a break; its time begins when
 * the steps before have taken effect or failed. What comes back after a route was withdrawn to see whether the attack is
 * over is answered at once, and for twice as long.
 */
import { canonicalJson, parseCidr } from '@tidegate/schemas';
import type {
  Backend,
  CompiledCondition,
  CompiledPlaybook,
  CompiledStep,
  TrafficMatch,
} from '@tidegate/schemas';
import type { Forecast } from '../types.ts';
import { begin } from './begin.ts';
import type { Beginning } from './begin.ts';
import { backendsOf, collateralOf, forecastIn, playbookFor, prefixOf, retryAfterNs } from './choose.ts';
import type { Way } from './choose.ts';
import { refusalOf, refusalOfBlackhole, refusalOfDiversion, refuse } from './rails.ts';
import { diversionFor, divertedPrefix, hasScrubbingFailed } from './diversion.ts';
import type { Refusal } from './rails.ts';
import { isLive } from './state.ts';
import type { Incident, KnownRule, Mitigation, Outside, Policy, Pressure } from './state.ts';
import type { Turn } from './turn.ts';
import { announcementFor } from './upstream.ts';

/** An attack that was not seen for so long has made a pause, ns. */
const pauseNs = 3e9;
/** A step before that never says whether it took effect is not waited for any longer, ns. */
const settledAfterNs = 5e9;
/** A rule that routers would not have is not tried more often in one incident. */
const triesMax = 3;

/** What arrives for a target with an open incident, some times a second while it is over its limit. */
export function onPressure(turn: Turn, target: string, pressure: Pressure): void {
  const known = turn.state.incidents.get(target);
  const { policy } = turn.state;
  if (known === undefined || known.ending !== null) return;
  const isBack = known.upstreamWithdrawals > 0 && known.probeUntilNs !== null;
  const hasPaused = turn.atNs - known.seenAtNs > pauseNs;
  const incident = turn.put({
    ...known,
    ...(isBack ? { probeUntilNs: null, begun: 0 } : {}),
    waits: hasPaused ? [] : known.waits,
    seenAtNs: turn.atNs,
    isQuiet: false,
  });
  if (policy === null || incident.isReleased) return;
  for (const playbook of playbooksOf(policy, incident)) {
    for (const [index, step] of playbook.steps.entries())
      if (step.when !== undefined)
        wait(turn, { policy, playbook, step, index, when: step.when, target }, pressure);
  }
}

/** Playbooks for what the incident is made of, each once. */
function playbooksOf(
  policy: Policy,
  { vectors, family: incidentFamily, confidence }: Incident,
): CompiledPlaybook[] {
  const found = [...vectors, incidentFamily].map((family) =>
    playbookFor(policy, { family, incidentFamily, confidence }),
  );
  return [...new Set(found)].filter((playbook) => playbook !== null);
}

interface Escalation {
  readonly policy: Policy;
  readonly playbook: CompiledPlaybook;
  readonly step: CompiledStep;
  readonly index: number;
  readonly when: CompiledCondition;
  readonly target: string;
}

function wait(turn: Turn, escalation: Escalation, pressure: Pressure): void {
  const { playbook, index, when, target } = escalation;
  const incident = turn.state.incidents.get(target);
  if (incident === undefined) return;
  const isOwn = (one: { readonly playbook: string; readonly step: number }): boolean =>
    one.playbook === playbook.name && one.step === index;
  const known = incident.waits.find(isOwn);
  const others = incident.waits.filter((one) => !isOwn(one));
  const isTaken = incident.mitigations.some((one) => isOwn(one) && isLive(one));
  const isMet =
    holds(when, pressure) && (when.scrub === undefined || hasScrubbingFailed(incident, playbook.name));
  if (!isMet || !(isTaken || isSettled(incident, playbook.name, index, turn.atNs))) {
    turn.put({ ...incident, waits: others });
    return;
  }
  const sinceNs = known?.sinceNs ?? turn.atNs;
  const waiting = turn.put({
    ...incident,
    waits: [...others, { playbook: playbook.name, step: index, sinceNs }],
  });
  const isDue = isTaken || incident.upstreamWithdrawals > 0 || turn.atNs - sinceNs >= when.forMs * 1e6;
  if (isDue) escalate(turn, waiting, escalation, becauseOf(pressure, when));
}

const holds = ({ linkShare, packetsPerSecond, bitsPerSecond }: CompiledCondition, now: Pressure): boolean =>
  (linkShare === undefined || (now.linkShare !== null && now.linkShare >= linkShare)) &&
  (packetsPerSecond === undefined || now.packetsPerSecond >= packetsPerSecond) &&
  (bitsPerSecond === undefined || now.bitsPerSecond >= bitsPerSecond);

/** Whether the steps before have said what they can do. */
const isSettled = ({ mitigations }: Incident, playbook: string, step: number, atNs: number): boolean =>
  mitigations.every(
    (one) =>
      one.playbook !== playbook ||
      one.step >= step ||
      one.hasFailed ||
      hasShown(one) ||
      atNs - one.askedAtNs >= settledAfterNs,
  );

/** Whether the best has been seen of a mitigation that can be: a route is told to neighbours, a provider scrubs, a limit is in place. */
function hasShown({ level, announced, diverted, mode, limit }: Mitigation): boolean {
  if (level === 'effective') return true;
  if (diverted !== undefined) return level === 'installed';
  if (announced !== undefined) return level === 'advertised' || level === 'installed';
  return level === 'installed' && (mode === 'observe' || limit !== undefined);
}

function becauseOf(
  { linkShare, packetsPerSecond, bitsPerSecond }: Pressure,
  when: CompiledCondition,
): string {
  const parts = [
    ...(when.linkShare === undefined || linkShare === null
      ? []
      : [`${Math.round(linkShare * 100)} % of the link`]),
    ...(when.packetsPerSecond === undefined ? [] : [`${Math.round(packetsPerSecond)} packets/s`]),
    ...(when.bitsPerSecond === undefined ? [] : [`${Math.round(bitsPerSecond / 1e6)} Mbit/s`]),
  ];
  const failed = when.scrub === undefined ? '' : 'scrubbing failed, and ';
  if (parts.length === 0) return `${failed}the attack went on for ${when.forMs / 1000} s`;
  return `${failed}${parts.join(' and ')} arrived for ${when.forMs / 1000} s in spite of the steps before`;
}

function escalate(turn: Turn, incident: Incident, escalation: Escalation, because: string): void {
  const { step } = escalation;
  const backends = backendsOf(step, turn.context.backends);
  const candidates = candidatesOf(turn, incident, escalation, backends);
  if (candidates.length === 0) {
    const reason = 'nothing separates this attack from legitimate traffic: no rule could tell them apart';
    refuse(turn, incident, incident.family, { rail: 'no-signature', reason, match: null });
  }
  for (const candidate of candidates) {
    const open = turn.state.incidents.get(incident.target);
    if (open === undefined) return;
    const { backend, family, match } = candidate;
    if (isAnswered(open, escalation, match, turn.atNs)) continue;
    const refusal = refusalFor(turn, open, escalation, candidate);
    if (refusal !== null) {
      refuse(turn, open, family, { ...refusal, match });
      continue;
    }
    const outside =
      step.action === 'scrub'
        ? diversionFor(turn.state, step, open)
        : announcementFor(turn.state, step, match, turn.atNs);
    if (outside !== null && 'refusal' in outside) refuse(turn, open, family, { ...outside.refusal, match });
    else if (backend === null) refuse(turn, open, family, { ...withoutBackend(step), match });
    else take(turn, open, escalation, { ...candidate, backend, ...outside }, because);
  }
}

const withoutBackend = ({ action }: CompiledStep): Refusal =>
  action === 'scrub'
    ? { rail: 'scrubber', reason: 'this node can ask no scrubbing provider' }
    : {
        rail: 'backend',
        reason:
          'this node has no backend for this step: a limit needs XDP, and a route a speaker in the configuration of the agent',
      };

/** A rule that a step could install, and where. */
interface Candidate {
  readonly family: string;
  readonly match: TrafficMatch;
  /** Null where no backend of this node can. */
  readonly backend: Backend | null;
  /** Null for a blackhole and for scrubbing, which ask for no rule. */
  readonly rule: KnownRule | null;
  readonly forecast: Forecast | null;
}

function candidatesOf(
  turn: Turn,
  incident: Incident,
  escalation: Escalation,
  backends: readonly Backend[],
): Candidate[] {
  const { step } = escalation;
  const { target } = incident;
  if (step.action === 'rtbh') return wholeOf(incident, prefixOf(target), backends);
  if (step.action === 'scrub')
    return wholeOf(incident, divertedPrefix(turn.state, step, target) ?? prefixOf(target), backends);
  return rulesOf(incident, escalation, backends);
}

/** Rules of the families that the playbook is for, in the first backend that can say them. */
function rulesOf(
  incident: Incident,
  { policy, playbook, step }: Escalation,
  backends: readonly Backend[],
): Candidate[] {
  const places =
    backends.length === 0
      ? [step.action === 'flowspec' ? ('flowspec' as const) : ('xdp' as const)]
      : backends;
  return incident.known.flatMap((rule): Candidate[] => {
    const { family, confidence, forecasts } = rule;
    const chosen = playbookFor(policy, { family, incidentFamily: incident.family, confidence });
    if (chosen?.name !== playbook.name) return [];
    const place = places.find((one) => forecastIn(forecasts, step, one)?.refused === undefined) ?? places[0]!;
    const forecast = forecastIn(forecasts, step, place);
    if (forecast === undefined) return [];
    const backend = backends.includes(place) ? place : null;
    return forecast.matches.map((match) => ({ family, match, backend, rule, forecast }));
  });
}

/** All of a prefix, whatever is sent to it. */
function wholeOf(
  { family }: Incident,
  prefix: string,
  [backend = null]: readonly (Backend | null)[],
): Candidate[] {
  return [{ family, match: { destination: parseCidr(prefix).text }, backend, rule: null, forecast: null }];
}

/** Whether it stands already, was tried only just now, or failed so often that it is not to use up what an incident may. */
function isAnswered(
  { mitigations }: Incident,
  { playbook, index }: Escalation,
  match: TrafficMatch,
  atNs: number,
): boolean {
  const wanted = canonicalJson(match);
  const tries = mitigations.filter(
    (one) => one.playbook === playbook.name && one.step === index && canonicalJson(one.match) === wanted,
  );
  return (
    tries.length >= triesMax || tries.some((one) => !one.hasFailed || atNs - one.askedAtNs < retryAfterNs)
  );
}

function refusalFor(
  turn: Turn,
  incident: Incident,
  { step, policy }: Escalation,
  { family, match, rule, forecast }: Candidate,
): Refusal | null {
  const { target, tier } = incident;
  const asked = {
    ...{ tier, action: step.action, match, incident, policy, isStopped: turn.state.isStopped },
    attack: { family, target, reasons: rule?.reasons ?? [] },
    collateral: forecast === null ? null : collateralOf(forecast),
    fault: forecast?.refused ?? null,
  };
  if (step.action === 'scrub') return refusalOfDiversion(asked);
  return step.action === 'rtbh' ? refusalOfBlackhole(asked) : refusalOf(asked);
}

function take(
  turn: Turn,
  incident: Incident,
  { policy, playbook, step, index }: Escalation,
  {
    family,
    match,
    rule,
    forecast,
    backend,
    announced,
    diverted,
  }: Candidate & Outside & { readonly backend: Backend },
  because: string,
): void {
  const { target, confidence } = incident;
  const attack: Beginning['attack'] = {
    ...{ target, family, confidence: rule?.confidence ?? confidence, reasons: rule?.reasons ?? [] },
    counter: rule?.counter ?? 'packets',
    remainderPacketsPerSecond: rule?.remainderPacketsPerSecond ?? 0,
  };
  const way: Way = {
    ...{ step, index, backend, match, collateral: forecast === null ? null : collateralOf(forecast) },
    ...(announced === undefined ? {} : { announced }),
    ...(diverted === undefined ? {} : { diverted }),
  };
  const isWider = diverted !== undefined && diverted.prefix !== prefixOf(target);
  const why = isWider ? `${because}; all of ${diverted.prefix} goes with ${target}` : because;
  begin(turn, incident, { policy, playbook, attack, because: why }, way);
}
