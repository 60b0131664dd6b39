/** What one policy triggers and another does not, on the same traffic. */
import type { Simulation } from '@tidegate/schemas';
import type { SimulatedIncident } from './incident-book.ts';

type Difference = NonNullable<Simulation['diff']>['newlyTriggered'][number];

export interface Differences {
  readonly newlyTriggered: Difference[];
  readonly noLongerTriggered: Difference[];
}

export const differences = (
  base: readonly SimulatedIncident[],
  now: readonly SimulatedIncident[],
): Differences => ({ newlyTriggered: missingFrom(base, now), noLongerTriggered: missingFrom(now, base) });

/**
 * Incidents of `these` that have no counterpart in `others`, and actions that their counterparts lack. A counterpart is
 * an incident of the same target at the same time: ids and families may differ between two policies.
 */
function missingFrom(
  others: readonly SimulatedIncident[],
  these: readonly SimulatedIncident[],
): Difference[] {
  const byTarget = new Map<string, SimulatedIncident[]>();
  for (const other of others) byTarget.set(other.target, [...(byTarget.get(other.target) ?? []), other]);
  return these.flatMap((incident) => {
    const { id, target, family, detectedAtMs } = incident;
    const counterparts = (byTarget.get(target) ?? []).filter((other) => overlap(incident, other));
    const told = { incident: id, target, family };
    const fresh: Difference[] =
      counterparts.length === 0 ? [{ ...told, atMs: detectedAtMs, trigger: 'incident' }] : [];
    const known = new Set(counterparts.flatMap(({ actions }) => actions.map(({ type }) => type)));
    for (const { type, atMs } of incident.actions) {
      if (known.has(type)) continue;
      known.add(type);
      fresh.push({ ...told, atMs, trigger: type });
    }
    return fresh;
  });
}

const overlap = (a: SimulatedIncident, b: SimulatedIncident): boolean =>
  a.startedAtMs <= (b.endedAtMs ?? Infinity) && b.startedAtMs <= (a.endedAtMs ?? Infinity);
