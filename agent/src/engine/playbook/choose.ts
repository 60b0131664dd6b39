/** Which playbook answers an attack, and with which step and backend. */
import { canonicalJson } from '@tidegate/schemas';
import type { Backend, CompiledPlaybook, CompiledStep, Mode, TrafficMatch } from '@tidegate/schemas';
import { connectionRequest } from '../packet/index.ts';
import type { Attack } from '../types.ts';
import type { Incident, Policy } from './state.ts';

/** Whether a family fits a pattern, in which * stands for any characters. */
export function fitsPattern(family: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[^a-z0-9_]/g, ''));
  return new RegExp(`^${parts.join('.*')}$`).test(family);
}

/** The first playbook that is for this family and content with this confidence. */
export function playbookFor(policy: Policy | null, { family, confidence }: Attack): CompiledPlaybook | null {
  const fits = (playbook: CompiledPlaybook): boolean =>
    confidence >= playbook.confidence && playbook.families.some((pattern) => fitsPattern(family, pattern));
  return policy?.playbooks.find(fits) ?? null;
}

export interface Choice extends Option {
  readonly backend: Backend;
}

/** Backends that may carry out a step, the preferred one first. Replays stand in for every backend. */
function backendsOf({ via, limit }: CompiledStep, available: readonly Backend[]): readonly Backend[] {
  if (available.includes('replay')) return available;
  // XDP alone holds a rule to a rate; the steps of a SYN proxy name it themselves.
  if (limit !== undefined) return available.filter((name) => name === 'xdp');
  return via === 'auto' ? available : available.filter((name) => name === via);
}

/** A step that the rails agree to, and its rule. */
export interface Option {
  readonly step: CompiledStep;
  readonly index: number;
  readonly match: TrafficMatch;
}

/** Connection requests alone, of what a SYN proxy is for. */
export const requestsOf = (match: TrafficMatch): TrafficMatch => ({ ...match, tcpFlags: connectionRequest });

/** The rule by which a step answers an attack, null where it has none. A SYN proxy that only counts counts requests. */
export function matchFor(step: CompiledStep, mode: Mode, { match, proxy }: Attack): TrafficMatch | null {
  if (step.action === 'drop') return match;
  if (proxy === undefined) return null;
  return mode === 'enforce' ? proxy : requestsOf(proxy);
}

/** How long a failed way is not tried again, ns. */
const retryAfterNs = 5e9;

/**
 * The next way to install a rule: steps in order, for each its backends in order. A later way is taken when those
 * before it failed for this family, or had no effect. `none` where the node has no backend for any step.
 */
export function nextChoice(
  { mitigations }: Incident,
  { options, playbook: name, family }: { options: readonly Option[]; playbook: string; family: string },
  available: readonly Backend[],
  atNs: number,
): Choice | 'wait' | 'none' {
  const ways = options.flatMap((option) =>
    backendsOf(option.step, available).map((backend) => ({ ...option, backend })),
  );
  const [first] = ways;
  if (first === undefined) return 'none';
  const wanted = ways.map(({ match }) => canonicalJson(match));
  if (mitigations.some((one) => !one.hasFailed && wanted.includes(canonicalJson(one.match)))) return 'wait';
  const failed = mitigations.filter((one) => one.hasFailed && one.family === family && one.playbook === name);
  const fresh = ways.find(
    (way) => !failed.some(({ step, backend }) => step === way.index && backend === way.backend),
  );
  if (fresh !== undefined) return fresh;
  const mayRetry = failed.every(
    ({ phase, askedAtNs }) => phase === 'failed' && atNs - askedAtNs >= retryAfterNs,
  );
  return mayRetry ? first : 'wait';
}

/** Nothing is dropped unless both the node group and the step say so. */
export const modeOf = (policy: Policy, step: CompiledStep): Mode =>
  policy.mode === 'enforce' && step.mode === 'enforce' ? 'enforce' : 'observe';
