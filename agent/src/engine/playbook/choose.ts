/** Which playbook answers an attack, and with which step and backend. */
import { canonicalJson, wildcardMatches } from '@tidegate/schemas';
import type { Backend, CompiledPlaybook, CompiledStep, Mode, TrafficMatch } from '@tidegate/schemas';
import { connectionRequest } from '../packet/index.ts';
import type { Attack, Forecast } from '../types.ts';
import type { Detected, Incident, Outside, Policy } from './state.ts';

/** The first playbook that is for this family, or for what the incident is called, and content with this confidence. */
export function playbookFor(
  policy: Policy | null,
  { family, incidentFamily = family, confidence }: Pick<Attack, 'family' | 'incidentFamily' | 'confidence'>,
): CompiledPlaybook | null {
  const names = [family, incidentFamily];
  const fits = (playbook: CompiledPlaybook): boolean =>
    confidence >= playbook.confidence &&
    playbook.families.some((pattern) => names.some((name) => wildcardMatches(pattern, name)));
  return policy?.playbooks.find(fits) ?? null;
}

/** Backends that may carry out a step, the preferred one first. Replays stand in for every backend. */
export function backendsOf(
  { action, via, limit }: CompiledStep,
  available: readonly Backend[],
): readonly Backend[] {
  if (available.includes('replay')) return available;
  if (isAnnouncing(action)) return available.filter((name) => name === action);
  if (action === 'scrub') return available.filter((name) => name === 'scrubber');
  const local = available.filter((name) => !isOutside(name));
  // XDP alone holds a rule to a rate; the steps of a SYN proxy name it themselves.
  if (limit !== undefined) return local.filter((name) => name === 'xdp');
  return via === 'auto' ? local : local.filter((name) => name === via);
}

/** A step that the rails agree to, in one backend, and its rule. */
export interface Way extends Outside {
  readonly step: CompiledStep;
  readonly index: number;
  readonly backend: Backend;
  readonly match: TrafficMatch;
  /** What it would have hit before the attack; null where nothing is known. */
  readonly collateral: { readonly share: number; readonly samples: number } | null;
}

/** Whether an action, or the backend that carries it out, is one of routers. */
export const isAnnouncing = (name: CompiledStep['action'] | Backend): boolean =>
  name === 'flowspec' || name === 'rtbh';

/** Whether a backend asks somebody in front of this host. */
const isOutside = (name: Backend): boolean => isAnnouncing(name) || name === 'scrubber';

/** What a rule of a step would do in a backend. A replay stands in for the place that the step is for. */
export const forecastIn = (
  forecasts: NonNullable<Detected['forecasts']>,
  { action }: CompiledStep,
  backend: Backend,
): Forecast | undefined =>
  forecasts[action === 'flowspec' ? 'flowspec' : backend === 'replay' ? 'xdp' : backend];

/** What a forecast says of legitimate traffic; null where it had none to go by. */
export const collateralOf = ({ collateral, samples }: Forecast): Way['collateral'] =>
  collateral === null ? null : { share: collateral, samples };

/** A target, an address or a prefix, as a prefix. */
export const prefixOf = (target: string): string =>
  target.includes('/') ? target : `${target}/${target.includes(':') ? 128 : 32}`;

/** Connection requests alone, of what a SYN proxy is for. */
export const requestsOf = (match: TrafficMatch): TrafficMatch => ({ ...match, tcpFlags: connectionRequest });

/** How long a failed way is not tried again, ns. */
export const retryAfterNs = 5e9;

/**
 * The next way to install a rule: steps in order, for each its backends in order. A later way is taken when those
 * before it failed for this family, or had no effect.
 */
export function nextWay(
  { mitigations }: Incident,
  { ways, playbook: name, family }: { ways: readonly Way[]; playbook: string; family: string },
  atNs: number,
): Way | null {
  const wanted = ways.map(({ match }) => canonicalJson(match));
  if (mitigations.some((one) => !one.hasFailed && wanted.includes(canonicalJson(one.match)))) return null;
  const failed = mitigations.filter((one) => one.hasFailed && one.family === family && one.playbook === name);
  const fresh = ways.find(
    (way) => !failed.some(({ step, backend }) => step === way.index && backend === way.backend),
  );
  if (fresh !== undefined) return fresh;
  const mayRetry = failed.every(
    ({ phase, askedAtNs }) => phase === 'failed' && atNs - askedAtNs >= retryAfterNs,
  );
  return mayRetry ? (ways[0] ?? null) : null;
}

/** Nothing is dropped unless both the node group and the step say so. */
export const modeOf = (policy: Policy, step: CompiledStep): Mode =>
  policy.mode === 'enforce' && step.mode === 'enforce' ? 'enforce' : 'observe';
