/** The facade: the pure stages of the line, walked once a tick. The line and simulations hold one of these. */
import type { Backend, Bundle, Heartbeat } from '@tidegate/schemas';
import { Baseline } from './baseline/index.ts';
import { Cases } from './cases.ts';
import { Detector } from './detector/index.ts';
import { Excesses } from './excesses.ts';
import { featureNames } from './features.ts';
import { Learning } from './learning.ts';
import { LinkLoad } from './link-load.ts';
import { volumeOf } from './metrics.ts';
import { emptyState, readSnapshot, snapshotOf, step } from './playbook/index.ts';
import type {
  Command,
  FoundRule,
  PlaybookEvent,
  PlaybookInput,
  PlaybookState,
  Snapshot,
} from './playbook/index.ts';
import { incidentsOf, mitigationsOf } from './status.ts';
import type { ActiveMitigation } from './status.ts';
import { compileProfiles } from './profiles/index.ts';
import { Pulses } from './pulses.ts';
import { Surges } from './surges.ts';
import type { Surge } from './surges.ts';
import type { Reading, TargetWindow } from './types.ts';
import { Windows } from './window/index.ts';

export interface EngineOptions {
  readonly random: { hex(bytes: number): string };
  readonly clock: { monotonicNs(): number; wallMs(): number };
  /** Backends of this node, the preferred one first. */
  readonly backends: readonly Backend[];
  /** Targets that are remembered. @default 4096 */
  readonly targetsMax?: number;
  /** What is usual, as it was learned before; made for the features of features.ts. @default nothing is known */
  readonly baseline?: Baseline;
}

export interface EngineStatus {
  readonly isStopped: boolean;
  readonly incidents: Heartbeat['incidents'];
  readonly mitigations: ActiveMitigation[];
  /** Targets of the last reading that found no room, and were not looked at. */
  readonly untrackedTargets: number;
  /** Targets with more traffic than usual, of the usual kind. */
  readonly surges: readonly Surge[];
}

export interface Engine {
  /** Walks window, detector, classifier and playbook for one reading; what is to be done, in this order. */
  tick(reading: Reading): Command[];
  /** What a backend or a person says. */
  event(event: PlaybookEvent): Command[];
  /** Puts a policy in force; null for none. What it no longer allows is removed. */
  setPolicy(bundle: Bundle | null): Command[];
  /** Other backends than before, the preferred one first; for rules that are still to come. */
  setBackends(backends: readonly Backend[]): void;
  /**
   * The start after a restart, with the policy already in force.
   * @param remembered What `snapshot` gave before; anything else counts as nothing remembered.
   */
  adopt(remembered: unknown, installed: readonly FoundRule[]): Command[];
  /** What `adopt` needs, JSON-able. */
  snapshot(): Snapshot;
  status(): EngineStatus;
}

/** An excess that is no incident needs no more quiet than this to be over. */
const quietMsWithoutIncident = 1000;
/** How often the playbook is told how much arrives, ns. */
const pressureEveryNs = 500e6;

export function createEngine(options: EngineOptions): Engine {
  return new TickEngine(options);
}

class TickEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #windows: Windows;
  readonly #detector: Detector;
  readonly #cases = new Cases();
  readonly #excesses = new Excesses();
  readonly #baseline: Baseline;
  readonly #surges = new Surges();
  readonly #pulses = new Pulses();
  readonly #learning: Learning;
  readonly #link = new LinkLoad();
  /** When it was last told how much arrives for a target. */
  readonly #toldNs = new Map<string, number>();
  #backends: readonly Backend[];
  #state: PlaybookState = emptyState;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#backends = options.backends;
    this.#windows = new Windows(options.targetsMax === undefined ? {} : { targetsMax: options.targetsMax });
    this.#baseline = options.baseline ?? new Baseline({ features: featureNames });
    this.#learning = new Learning(this.#baseline, this.#wallMsAt);
    this.#detector = new Detector({
      wallMsAt: this.#wallMsAt,
      usual: (target, feature, wallMs) => this.#baseline.usual(target, feature, wallMs),
    });
  }

  /** Both clocks are read at once: the wall clock may be set in between. */
  readonly #wallMsAt = (monotonicNs: number): number => {
    const { clock } = this.#options;
    return Math.round(clock.wallMs() - (clock.monotonicNs() - monotonicNs) / 1e6);
  };

  tick(reading: Reading): Command[] {
    const { atNs } = reading;
    const commands: Command[] = [];
    this.#cases.beginTick();
    this.#link.add(reading);
    const looked = new Set<string>();
    for (const windows of [this.#windows.fold(reading), this.#windows.prefixes()])
      for (const window of windows) this.#look(window, looked, commands);
    this.#learning.take(this.#windows, atNs);
    for (const verdict of this.#cases.verdicts(atNs, this.#state.incidents))
      commands.push(...this.#step({ type: 'attack', atNs, ...verdict }));
    for (const excess of this.#excesses.take((target) => this.#state.incidents.has(target)))
      commands.push(...this.#step({ type: 'ceiling', atNs, ...excess }));
    this.#takeUp(atNs, looked);
    return [...commands, ...this.#step({ type: 'tick', atNs })];
  }

  /** One target, from its window to a case; what that comes to is decided once all were looked at. */
  #look(window: TargetWindow, looked: Set<string>, commands: Command[]): void {
    const { target, atNs } = window;
    const incident = this.#state.incidents.get(target);
    if (incident !== undefined) looked.add(target);
    const observation = this.#detector.observe(window, incident?.releaseAfterMs ?? quietMsWithoutIncident);
    const { phase } = observation;
    if (phase === 'surge') this.#surges.add(observation.deviation, atNs);
    if (phase === 'idle' || phase === 'surge') {
      this.#learning.thaw(target, atNs);
      return;
    }
    if (phase === 'closed') {
      this.#cases.close(target);
      this.#excesses.forget(target);
      this.#pulses.forget(target);
      this.#learning.thaw(target, atNs);
      commands.push(...this.#step({ type: 'quiet', atNs, target }));
      return;
    }
    this.#windows.disturb(target);
    if (phase !== 'held') {
      const bursts = this.#pulses.look(target, phase !== 'quiet', atNs);
      if (bursts !== null) commands.push(...this.#step({ type: 'pulses', atNs, target, bursts }));
    }
    if (phase === 'pending') return;
    this.#learning.freeze(target, atNs);
    if (phase !== 'over') return;
    const { deviation } = observation;
    commands.push(...this.#press(window));
    this.#cases.add(window, deviation);
    if (deviation.evidence.ceiling !== undefined) this.#excesses.add(target, deviation.evidence.ceiling);
  }

  /** How much arrives for a target with an open incident; a few times a second, because single readings wander. */
  #press({ target, atNs, packetsPerSecond, bitsPerSecond, history }: TargetWindow): Command[] {
    if (!this.#state.incidents.has(target)) return [];
    if (atNs - (this.#toldNs.get(target) ?? -Infinity) < pressureEveryNs) return [];
    this.#toldNs.set(target, atNs);
    const [second] = history?.scales ?? [];
    const rates =
      second === undefined
        ? { packetsPerSecond, bitsPerSecond }
        : {
            packetsPerSecond: volumeOf('packets', second.counts, second.intervalMs),
            bitsPerSecond: volumeOf('bits', second.counts, second.intervalMs),
          };
    return this.#step({ type: 'pressure', atNs, target, ...rates, linkShare: this.#link.share });
  }

  event(event: PlaybookEvent): Command[] {
    return this.#step(event);
  }

  setPolicy(bundle: Bundle | null): Command[] {
    this.#excesses.clear();
    this.#cases.useSignatures(compileProfiles(bundle?.profiles));
    this.#windows.protect(bundle?.protect ?? []);
    const link = bundle?.linkCapacityBitsPerSecond ?? null;
    this.#link.capacityBitsPerSecond = link;
    this.#detector.setThresholds(bundle?.thresholds ?? [], bundle?.protect ?? [], link);
    return this.#step({ type: 'policy', atNs: this.#options.clock.monotonicNs(), policy: bundle });
  }

  setBackends(backends: readonly Backend[]): void {
    this.#backends = backends;
  }

  adopt(remembered: unknown, installed: readonly FoundRule[]): Command[] {
    const atNs = this.#options.clock.monotonicNs();
    const memory = readSnapshot(remembered) ?? { incidents: [], isStopped: false };
    const commands = this.#step({ type: 'adopt', atNs, ...memory, installed });
    this.#takeUp(atNs);
    return commands;
  }

  /**
   * An incident whose target nobody looks at would never end. After a restart, or a tick that came very late, its
   * target may be forgotten.
   */
  #takeUp(atNs: number, looked: ReadonlySet<string> = new Set()): void {
    for (const { target, ending } of this.#state.incidents.values()) {
      if (ending !== null || looked.has(target)) continue;
      this.#windows.watch(target);
      this.#detector.resume(target, atNs);
    }
  }

  snapshot(): Snapshot {
    return snapshotOf(this.#state);
  }

  status(): EngineStatus {
    return {
      isStopped: this.#state.isStopped,
      incidents: incidentsOf(this.#state, (target) => this.#windows.packetsPerSecond(target)),
      mitigations: mitigationsOf(this.#state, this.#options.clock.monotonicNs()),
      untrackedTargets: this.#windows.untrackedTargets,
      surges: this.#surges.list(this.#options.clock.monotonicNs()),
    };
  }

  #step(input: PlaybookInput): Command[] {
    const context = { random: this.#options.random, backends: this.#backends, wallMsAt: this.#wallMsAt };
    const { state, commands } = step(this.#state, input, context);
    this.#state = state;
    for (const target of this.#toldNs.keys()) if (!state.incidents.has(target)) this.#toldNs.delete(target);
    return [...commands];
  }
}
