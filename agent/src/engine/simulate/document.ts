/** The report of a simulation as programs read it. */
import type { Bundle, Simulation } from '@tidegate/schemas';
import { differences } from './diff.ts';
import type { SimulationOutcome } from './simulation.ts';

export interface SimulationFacts {
  readonly bundle: Bundle;
  readonly outcome: SimulationOutcome;
  readonly kind: Simulation['traffic']['kind'];
  /** Wall time of the start of the traffic, ms since the epoch. */
  readonly startedAtMs: number;
  readonly windowsLost: number;
  /** The same traffic under the policy of another revision; null for none. */
  readonly base: { readonly commit: string; readonly outcome: SimulationOutcome } | null;
}

export function simulationDocument(facts: SimulationFacts): Simulation {
  const { bundle, outcome, kind, startedAtMs, windowsLost, base } = facts;
  const { incidents, incidentsLeftOut, packets, collateral, labelled, durationMs, windows, samples } =
    outcome;
  return {
    schema: 'tidegate/simulation/v1',
    group: bundle.group,
    mode: bundle.mode,
    traffic: {
      kind,
      startedAt: new Date(startedAtMs).toISOString(),
      durationMs,
      windows,
      windowsLost,
      samples,
    },
    incidents: [...incidents],
    incidentsLeftOut,
    packets,
    collateral,
    labelled: labelled === null ? null : [...labelled],
    diff:
      base === null
        ? null
        : {
            base: base.commit,
            ...differences(base.outcome.incidents, incidents),
            packets: base.outcome.packets,
            collateral: base.outcome.collateral,
          },
  };
}
