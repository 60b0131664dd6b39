/** One policy on one stream of traffic: feed it windows in order, then ask for the report. */
import type { Bundle, Simulation } from '@tidegate/schemas';
import type { WindowLabels } from '../recording/index.ts';
import { counter } from '../types.ts';
import type { Reading, Sample, TargetReading } from '../types.ts';
import { Collateral } from './collateral.ts';
import { IncidentBook, round } from './incident-book.ts';
import type { SimulatedIncident } from './incident-book.ts';
import { Labels } from './labels.ts';
import type { LabelledAttack } from './labels.ts';
import { VirtualNode } from './node.ts';
import { Protection } from './protection.ts';
import { QuietMemory } from './quiet.ts';

export interface SimulationRunOptions {
  readonly bundle: Bundle;
  /** Wall time of the start of the traffic, ms since the epoch. */
  readonly startedAtMs: number;
}

/** What a policy did. */
export interface SimulationOutcome {
  readonly incidents: readonly SimulatedIncident[];
  readonly incidentsLeftOut: number;
  readonly packets: Simulation['packets'];
  readonly collateral: Simulation['collateral'];
  readonly labelled: readonly LabelledAttack[] | null;
  readonly durationMs: number;
  readonly windows: number;
  readonly samples: number;
}

export class SimulationRun {
  readonly #node: VirtualNode;
  readonly #book: IncidentBook;
  readonly #protection: Protection;
  readonly #quiet = new QuietMemory();
  readonly #collateral = new Collateral();
  readonly #labels = new Labels();
  #windows = 0;
  #samples = 0;
  #packets = 0;
  #lost = 0;
  #answered = 0;
  #atNs = 0;

  constructor({ bundle, startedAtMs }: SimulationRunOptions) {
    this.#book = new IncidentBook(startedAtMs);
    this.#protection = new Protection(bundle.protect);
    this.#node = new VirtualNode({
      bundle,
      startedAtMs,
      onAudit: (event, atNs) => {
        this.#book.write(event, atNs);
      },
    });
  }

  /** The next window. Its counters of what was dropped are written over. @param labels What is on, where it is known. */
  take(reading: Reading, labels?: WindowLabels): void {
    const { atNs, intervalNs, samples } = reading;
    const targets = this.#protected(reading.targets);
    this.#windows += 1;
    this.#samples += samples.length;
    this.#atNs = atNs;
    for (const { counts } of targets) this.#packets += counts[counter.packets]!;
    this.#labels.take(labels, atNs / 1e6, intervalNs / 1e6);
    const looked = targets === reading.targets ? reading : { ...reading, targets };
    for (const passage of this.#node.take(looked)) {
      this.#lost += passage.lost;
      this.#answered += passage.answered;
      this.#collateral.add(passage, () => this.#quiet.of(passage.target), intervalNs / 1e9);
    }
    this.#remember(looked);
  }

  /** Whether an incident is open. */
  get hasIncident(): boolean {
    return this.#book.hasOpen;
  }

  outcome(): SimulationOutcome {
    const { incidents, leftOut } = this.#book;
    return {
      incidents,
      incidentsLeftOut: leftOut,
      packets: {
        total: Math.round(this.#packets),
        wouldDrop: Math.round(this.#lost),
        wouldAnswer: Math.round(this.#answered),
      },
      collateral: this.#collateral.report(),
      labelled: this.#labels.detected(incidents),
      durationMs: round(this.#atNs / 1e6),
      windows: this.#windows,
      samples: this.#samples,
    };
  }

  /** Traffic of other addresses is nobody's business. */
  #protected(targets: readonly TargetReading[]): readonly TargetReading[] {
    return targets.every(({ target }) => this.#protection.has(target))
      ? targets
      : targets.filter(({ target }) => this.#protection.has(target));
  }

  /** Only what is not labelled needs a memory of quiet traffic. */
  #remember({ targets, samples, atNs, intervalNs }: Reading): void {
    const first = samples[0];
    if (first === undefined || first.label !== undefined) return;
    for (const { target, counts } of targets) {
      if (this.#book.isDisturbed(target)) this.#quiet.disturb(target);
      else {
        const own = targets.length === 1 ? samples : ownOf(target, samples);
        this.#quiet.remember(target, counts[counter.packets]!, own, atNs, intervalNs);
      }
    }
  }
}

const ownOf = (target: string, samples: readonly Sample[]): readonly Sample[] =>
  samples.filter((sample) => sample.target === target);
