/** One or two policies on the same traffic, window by window. */
import { SimulationRun, type SimulationOutcome, type TrafficSink } from '@tidegate/agent/engine/simulate';
import { TidegateError, type Bundle } from '@tidegate/schemas';

type Window = Parameters<TrafficSink['window']>;

export class Runs implements TrafficSink {
  readonly #bundle: Bundle;
  readonly #baseBundle: Bundle | null;
  readonly #onWindow: (windows: number) => void;
  #run: SimulationRun | null = null;
  #base: SimulationRun | null = null;
  #windows = 0;
  startedAtMs = 0;

  constructor(
    bundle: Bundle,
    baseBundle: Bundle | null,
    onWindow: (windows: number) => void = () => undefined,
  ) {
    this.#bundle = bundle;
    this.#baseBundle = baseBundle;
    this.#onWindow = onWindow;
  }

  begin(startedAtMs: number): void {
    this.startedAtMs = startedAtMs;
    this.#run = new SimulationRun({ bundle: this.#bundle, startedAtMs });
    this.#base =
      this.#baseBundle === null ? null : new SimulationRun({ bundle: this.#baseBundle, startedAtMs });
  }

  isLearning(): boolean {
    return this.#run?.hasIncident !== true;
  }

  window(...[reading, labels]: Window): void {
    // Each run writes into the counters what it would have dropped.
    this.#base?.take(copied(reading), labels);
    this.#run?.take(reading, labels);
    this.#windows += 1;
    this.#onWindow(this.#windows);
  }

  /** Traffic without a packet for the group is an error TG5008: a test of nothing would always pass. */
  outcome(name: string): SimulationOutcome {
    const outcome = this.#run?.outcome();
    if (outcome === undefined || outcome.packets.total === 0) {
      const { group, protect } = this.#bundle;
      const protectedText = protect.slice(0, 4).join(', ') + (protect.length > 4 ? ', …' : '');
      throw new TidegateError(
        'TG5008',
        `${name} has no packet for what the group "${group}" protects (${protectedText})`,
      );
    }
    return outcome;
  }

  /** What the base did; nothing at all where it did not have this group. */
  baseOutcome(outcome: SimulationOutcome): SimulationOutcome {
    return (
      this.#base?.outcome() ?? {
        ...outcome,
        incidents: [],
        incidentsLeftOut: 0,
        packets: { ...outcome.packets, wouldDrop: 0, wouldAnswer: 0 },
        collateral: { packets: 0, share: 0, basis: null, samples: 0, reason: null },
      }
    );
  }
}

const copied = (reading: Window[0]): Window[0] => ({
  ...reading,
  targets: reading.targets.map(({ target, counts }) => ({ target, counts: counts.slice() })),
});
