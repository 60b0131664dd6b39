/** Whether what a policy did is what its test claims. */
import { TidegateError, readAmount } from '@tidegate/schemas';
import type { PolicyTest, Simulation } from '@tidegate/schemas';
import type { SimulatedIncident } from './incident-book.ts';
import type { LabelledAttack } from './labels.ts';

export type Claims = Pick<PolicyTest['spec'], 'expect' | 'never' | 'budget'>;
export interface Failure {
  /** JSON Pointer into the document. */
  readonly claim: string;
  readonly message: string;
}

export interface Judged {
  readonly incidents: readonly SimulatedIncident[];
  readonly collateral: Simulation['collateral'];
  readonly labelled: readonly LabelledAttack[] | null;
}

type ActionType = SimulatedIncident['actions'][number]['type'];

/** Every claim that does not hold. What observe mode would have done counts as done. */
export function failuresOf({ expect = [], never = [], budget = {} }: Claims, outcome: Judged): Failure[] {
  const { incidents } = outcome;
  return [
    ...expect.flatMap((action, index) => missing(action, incidents, `/spec/expect/${index}`)),
    ...never.flatMap((action, index) => forbidden(action, incidents, `/spec/never/${index}`)),
    ...(budget.collateral === undefined ? [] : overCollateral(budget.collateral, outcome.collateral)),
    ...(budget.detection === undefined ? [] : overDetection(budget.detection, outcome.labelled)),
  ];
}

/** What never happened for long enough to drop anything is not taken: a rule that failed does not count. */
const isTaken = ({ level }: SimulatedIncident['actions'][number]): boolean => level !== null;

function missing(action: ActionType, incidents: readonly SimulatedIncident[], claim: string): Failure[] {
  const isDone = incidents.some(({ actions }) => actions.some((one) => one.type === action && isTaken(one)));
  if (isDone) return [];
  const refused = incidents.flatMap((one) => one.refused)[0];
  const why =
    incidents.length === 0
      ? 'no incident was opened'
      : refused === undefined
        ? `the first incident was ${told(incidents[0]!)}`
        : `at ${seconds(refused.atMs)} it was refused: ${refused.reason}`;
  return [{ claim, message: `${action} was expected and not taken: ${why}.` }];
}

/** A ceiling that drops is a drop. */
function forbidden(action: ActionType, incidents: readonly SimulatedIncident[], claim: string): Failure[] {
  const counts = action === 'drop' ? ['drop', 'ceiling'] : [action];
  for (const incident of incidents) {
    const taken = incident.actions.find(({ type }) => counts.includes(type));
    if (taken === undefined) continue;
    const what = taken.type === action ? action : `${action} (by a ${taken.type})`;
    return [{ claim, message: `${what} was taken at ${seconds(taken.atMs)}, against ${told(incident)}.` }];
  }
  return [];
}

function overCollateral(written: string, { share, packets, reason }: Simulation['collateral']): Failure[] {
  const claim = '/spec/budget/collateral';
  if (share === null) return [{ claim, message: `The collateral is not known: ${reason ?? 'no samples'}.` }];
  const allowed = amount('share', written);
  if (share <= allowed) return [];
  const message = `${percent(share)} of the legitimate packets would be dropped (${packets ?? 0} packets); ${written} is allowed.`;
  return [{ claim, message }];
}

function overDetection(written: string, labelled: readonly LabelledAttack[] | null): Failure[] {
  const claim = '/spec/budget/detection';
  if (labelled === null || labelled.length === 0)
    return [{ claim, message: 'The time to detection is not known: the traffic has no labelled attack.' }];
  const allowedMs = amount('duration', written);
  return labelled
    .filter(({ detectionMs }) => detectionMs === null || detectionMs > allowedMs)
    .map(({ family, target, startedAtMs, detectionMs }) => {
      const attack = `The ${family} on ${target} from ${seconds(startedAtMs)}`;
      const message =
        detectionMs === null
          ? `${attack} was not detected.`
          : `${attack} was detected after ${seconds(detectionMs)}; ${written} is allowed.`;
      return { claim, message };
    });
}

const told = ({ family, target, detectedAtMs }: SimulatedIncident): string =>
  `${family} on ${target}, detected at ${seconds(detectedAtMs)}`;

/** Times of a simulation as people read them. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(3).replace(/\.?0+$/, '')} s`;
export const percent = (share: number): string => `${(share * 100).toFixed(3).replace(/\.?0+$/, '')} %`;

function amount(unit: 'share' | 'duration', written: string): number {
  const reading = readAmount(unit, written);
  if (!reading.ok) throw new TidegateError('TG1015', reading.message);
  return reading.value;
}
