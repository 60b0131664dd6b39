/** Targets that are over their floor, and what the classifier makes of them. */
import { classify, predict } from './classifier/index.ts';
import type { Signature } from './classifier/index.ts';
import { detectedReasons } from './explain/index.ts';
import { compileMatch } from './packet/index.ts';
import type { Matcher } from './packet/index.ts';
import { isLive, requestsOf } from './playbook/index.ts';
import type { Detected, Incident, Mitigation } from './playbook/index.ts';
import { counter } from './types.ts';
import type { Attack, Deviation, TargetWindow } from './types.ts';

/** Classifying takes a millisecond or two; the others have their turn in the next tick. */
const classificationsPerTickMax = 8;
/** So long an excess that nobody can name, and no ceiling holds, may last before it is put on record, ns. */
const patienceNs = 1e9;

/**
 * What rules in force answer, and what could not be answered in its first seconds, is looked at again after this time,
 * ns, or as soon as more gets through.
 */
const reviewEveryNs = 1e9;
const firstSecondsNs = 2e9;
const moreGetsThrough = 1.25;

interface Case {
  readonly openedAtNs: number;
  classifiedAtNs: number;
  /** Packets/s that got through at the last look; null where the next one must not wait. */
  reviewedAtPps: number | null;
  current: { readonly window: TargetWindow; readonly deviation: Deviation } | null;
}

export interface CaseVerdict extends Detected {
  readonly attack: Attack;
}

export class Cases {
  readonly #cases = new Map<string, Case>();
  #signatures: readonly Signature[] = [];
  readonly #matchers = new WeakMap<Mitigation['match'], Matcher>();

  /** Puts the signatures of a policy in force. */
  useSignatures(signatures: readonly Signature[]): void {
    this.#signatures = signatures;
  }

  beginTick(): void {
    for (const one of this.#cases.values()) one.current = null;
  }

  /** A target that is over its floor in this tick. */
  add(window: TargetWindow, deviation: Deviation): void {
    const known = this.#cases.get(window.target);
    if (known !== undefined) known.current = { window, deviation };
    else {
      const openedAtNs = window.atNs;
      this.#cases.set(window.target, {
        openedAtNs,
        classifiedAtNs: -Infinity,
        reviewedAtPps: null,
        current: { window, deviation },
      });
    }
  }

  close(target: string): void {
    this.#cases.delete(target);
  }

  /** What is going on, without what rules in force already answer. Who waited longest comes first. */
  verdicts(atNs: number, incidents: ReadonlyMap<string, Incident>): CaseVerdict[] {
    const over = [...this.#cases.values()].filter((one) => one.current !== null && !mayStillWait(one, atNs));
    const chosen = over
      .sort((a, b) => a.classifiedAtNs - b.classifiedAtNs)
      .slice(0, classificationsPerTickMax);
    return chosen.flatMap((one): CaseVerdict[] => {
      if (one.current === null) return [];
      const { window, deviation } = one.current;
      const incident = incidents.get(window.target);
      one.classifiedAtNs = atNs;
      const attacks = classify(window, deviation, this.#inForce(incident), this.#signatures);
      const mayWait = attacks.length === 0 || atNs - one.openedAtNs > firstSecondsNs;
      one.reviewedAtPps = incident !== undefined && mayWait ? throughPps(window) : null;
      const found = detectedOf(deviation);
      const vectors = vectorsOf(attacks);
      if (attacks.length > 0)
        return attacks.map((attack) => ({
          attack,
          ...found,
          vectors,
          forecasts: forecastsOf(attack, window),
        }));
      const isHeld = found.evidence.ceiling !== undefined;
      // What is more in a prefix, and no attack on it, is some host's own.
      const isPrefix = window.target.includes('/');
      const isLasting = atNs - one.openedAtNs >= patienceNs && !(isPrefix && found.tier === 'A');
      const isDue = incident === undefined && (isHeld || isLasting);
      return isDue ? [{ attack: unclassified(window.target, isHeld), ...found }] : [];
    });
  }

  #inForce(incident: Incident | undefined): Matcher[] {
    const answering = incident?.mitigations.filter((one) => isLive(one) && !one.hasFailed) ?? [];
    return answering.map(({ match, action }) => {
      const hit = action === 'synproxy' ? requestsOf(match) : match;
      const matcher = this.#matchers.get(match) ?? compileMatch(hit);
      this.#matchers.set(match, matcher);
      return matcher;
    });
  }
}

/** What goes on record of a deviation. */
function detectedOf(deviation: Deviation): Detected {
  const { tier, volume, signals } = deviation;
  const evidence = {
    ...deviation.evidence,
    tier,
    ...(volume.usual === null ? {} : { usual: volume.usual }),
    ...(signals.length === 0
      ? {}
      : { signals: signals.map(({ name, score, value, usual }) => ({ name, score, value, usual })) }),
  };
  return { tier, evidence, detected: detectedReasons(deviation) };
}

/** For the record: what was named together, the largest first. */
const vectorsOf = (attacks: readonly Attack[]): NonNullable<Detected['vectors']> =>
  attacks.map(({ family, share = 1 }) => ({ family, share }));

/** What the rules of an attack would do in each backend; nothing where it has none. */
function forecastsOf(
  { match, companions = [] }: Attack,
  window: TargetWindow,
): NonNullable<Detected['forecasts']> {
  return match === null ? {} : predict([match, ...companions], window.quietSamples).byBackend;
}

/** Packets/s of a target that nothing of ours dropped. */
const throughPps = ({ counts, intervalMs }: TargetWindow): number =>
  ((counts[counter.packets]! - counts[counter.droppedPackets]!) * 1000) / intervalMs;

const mayStillWait = ({ current, classifiedAtNs, reviewedAtPps }: Case, atNs: number): boolean =>
  current !== null &&
  reviewedAtPps !== null &&
  atNs - classifiedAtNs < reviewEveryNs &&
  throughPps(current.window) <= reviewedAtPps * moreGetsThrough;

/** More than is allowed, and like no attack that is known: a person may want to look, no rule drops it. */
const unclassified = (target: string, isHeld: boolean): Attack => ({
  target,
  family: 'unclassified',
  confidence: 0,
  reasons: [
    isHeld
      ? 'above a ceiling of the policy, and like no attack that is known: there is no rule, the ceiling alone answers'
      : 'over the floor, but like no attack that is known; volume alone drops nothing',
  ],
  match: null,
  counter: 'packets',
  remainderPacketsPerSecond: 0,
  collateral: null,
});
