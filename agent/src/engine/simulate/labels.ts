/** Attacks that the traffic itself says are in it, from the labels of windows and samples. */
import type { Simulation } from '@tidegate/schemas';
import { cidrContains, parseAddress, parseCidr } from '@tidegate/schemas';
import type { WindowLabels } from '../recording/index.ts';
import { round } from './incident-book.ts';
import type { SimulatedIncident } from './incident-book.ts';

export type LabelledAttack = NonNullable<Simulation['labelled']>[number];

/** A pause of so long between two windows of one family is part of one attack: pulses, and lost windows. */
const pauseMsMax = 10_000;
/** Further ones are left out. */
const attacksMax = 10_000;

interface Draft {
  readonly target: string;
  readonly family: string;
  readonly startedAtMs: number;
  endedAtMs: number;
}

export class Labels {
  readonly #attacks: Draft[] = [];
  readonly #latest = new Map<string, Draft>();
  #isLabelled = false;

  /** @param labels Undefined where the window is not labelled. */
  take(labels: WindowLabels | undefined, atMs: number, intervalMs: number): void {
    if (labels === undefined) return;
    this.#isLabelled = true;
    for (const { target, family } of labels) {
      if (family === 'none') continue;
      const key = `${target} ${family}`;
      const known = this.#latest.get(key);
      if (known !== undefined && atMs - intervalMs - known.endedAtMs <= pauseMsMax) {
        known.endedAtMs = round(atMs);
        continue;
      }
      const attack = { target, family, startedAtMs: round(atMs - intervalMs), endedAtMs: round(atMs) };
      this.#latest.set(key, attack);
      if (this.#attacks.length < attacksMax) this.#attacks.push(attack);
    }
  }

  /** Null where no window is labelled. */
  detected(incidents: readonly SimulatedIncident[]): LabelledAttack[] | null {
    if (!this.#isLabelled) return null;
    return this.#attacks.map(({ target, family, startedAtMs, endedAtMs }) => {
      const incident = incidents.find(
        (one) =>
          isAbout(one.target, target) &&
          one.detectedAtMs <= endedAtMs + lateMs &&
          (one.endedAtMs ?? Infinity) >= startedAtMs,
      );
      const detectionMs =
        incident === undefined ? null : round(Math.max(0, incident.detectedAtMs - startedAtMs));
      return { target, family, startedAtMs, endedAtMs, incident: incident?.id ?? null, detectionMs };
    });
  }
}

/** An incident may open a tick after the last window of a short attack. */
const lateMs = 1000;

/** Carpet bombing is one incident of a prefix, and a label for each address; or the other way round. */
function isAbout(incidentTarget: string, target: string): boolean {
  if (incidentTarget === target) return true;
  const [prefix, address] = incidentTarget.includes('/')
    ? [incidentTarget, target]
    : [target, incidentTarget];
  if (!prefix.includes('/')) return false;
  return cidrContains(parseCidr(prefix), parseAddress(address.split('/')[0] ?? address));
}
