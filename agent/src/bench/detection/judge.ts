/**
 * Judge: compares the alarms of one detector with what really went on.
 *
 * Rules, the same for every detector:
 * - An attack counts where it is above the floor, by its own packets/s or bits/s, and at least three times what the target
 *   received in the minute before, in the same unit. What is less may be seen or not.
 * - Detected: an alarm is `over` for the attack's target in a window that lies between its beginning and its end, for the
 *   target itself or for a prefix that holds it (for an attack on a prefix also for one of its hosts). The delay
 *   runs from the first packet to the end of that window.
 * - Held: the share of the time from then to the end of the attack in which the alarm is open; 0 where it was not seen.
 * - A false alarm: an alarm, from its opening to its close, none of whose windows `over` lies between an attack's beginning
 *   and 30 s after its end, for its target. Whatever else goes on (flash crowds, backups, speed tests) excuses nothing.
 * - A benign mitigation: a false alarm that was answered. Only tier B is, and only once it was named.
 */
import { addressBytes, cidrContains } from '@tidegate/schemas';
import { benignEndMs } from '../../engine/generator/rates/index.ts';
import type {
  AssaultFacts,
  BenignEvent,
  PlannedAssault,
  WeeksPlan,
} from '../../engine/generator/rates/index.ts';
import { floor } from './policy.ts';
import type { Alarm, Watcher } from './watcher.ts';

export interface AttackVerdict {
  readonly family: string;
  readonly target: string;
  readonly isRamp: boolean;
  readonly startMs: number;
  readonly durationMs: number;
  readonly packetsPerSecond: number;
  readonly usualPacketsPerSecond: number;
  /** How many times the usual, in a unit in which it is above the floor; 0 where it is above in none. */
  readonly multiple: number;
  /** Null where it was not seen. */
  readonly detectedMs: number | null;
  /** Until tier B, and until it was answered. */
  readonly corroboratedMs: number | null;
  readonly mitigatedMs: number | null;
  readonly answer: string | null;
  readonly heldShare: number;
}

export interface FalseAlarm {
  readonly target: string;
  readonly atMs: number;
  readonly durationMs: number;
  readonly tier: Alarm['tier'];
  readonly answer: string | null;
  readonly reason: string;
  /** Benign events of the target at that time. */
  readonly during: readonly string[];
}

export interface Verdict {
  readonly watcher: string;
  readonly attacks: readonly AttackVerdict[];
  readonly falseAlarms: readonly FalseAlarm[];
  readonly surges: number;
}

const excusedAfterMs = 30_000;

interface Episode {
  readonly target: string;
  readonly fromMs: number;
  toMs: number;
  tier: Alarm['tier'];
  answer: string | null;
  reason: string;
  isExcused: boolean;
}

interface Watched {
  readonly facts: AssaultFacts;
  detectedMs: number | null;
  corroboratedMs: number | null;
  mitigatedMs: number | null;
  answer: string | null;
  windows: number;
  windowsUp: number;
}

export class Judge {
  readonly #watcher: Watcher;
  readonly #plan: WeeksPlan;
  readonly #attacks: Watched[] = [];
  readonly #open = new Map<string, Episode>();
  readonly #closed: Episode[] = [];
  readonly #relations = new Map<string, boolean>();
  readonly #surging = new Set<string>();
  #surges = 0;

  constructor(watcher: Watcher, plan: WeeksPlan) {
    this.#watcher = watcher;
    this.#plan = plan;
  }

  /** After each window of the test. `facts` are those of the attacks that have begun. */
  observe(atMs: number, windowMs: number, facts: readonly AssaultFacts[]): void {
    while (this.#attacks.length < facts.length)
      this.#attacks.push({
        facts: facts[this.#attacks.length]!,
        detectedMs: null,
        corroboratedMs: null,
        mitigatedMs: null,
        answer: null,
        windows: 0,
        windowsUp: 0,
      });
    const { alarms, surges } = this.#watcher;
    const last = this.#attacks.at(-1);
    const isOn = last !== undefined && atMs - windowMs < last.facts.plan.endMs;
    if (isOn) this.#watchAttack(last, atMs);
    if (alarms.size > 0 || this.#open.size > 0) this.#follow(atMs, alarms);
    if (surges.size > 0 || this.#surging.size > 0) this.#followSurges(surges);
  }

  #watchAttack(attack: Watched, atMs: number): void {
    const { plan } = attack.facts;
    let isUp = false;
    for (const [target, { state, tier, answer }] of this.#watcher.alarms) {
      if (!this.#concerns(target, plan)) continue;
      isUp = true;
      if (state !== 'over') continue;
      attack.detectedMs ??= atMs - plan.startMs;
      if (tier === 'B') attack.corroboratedMs ??= atMs - plan.startMs;
      if (answer === null) continue;
      attack.mitigatedMs ??= atMs - plan.startMs;
      attack.answer ??= answer;
    }
    if (attack.detectedMs === null) return;
    attack.windows += 1;
    if (isUp) attack.windowsUp += 1;
  }

  #follow(atMs: number, alarms: ReadonlyMap<string, Alarm>): void {
    for (const [target, { state, tier, answer, reason }] of alarms) {
      let episode = this.#open.get(target);
      if (episode === undefined) {
        episode = { target, fromMs: atMs, toMs: atMs, tier, answer, reason, isExcused: false };
        this.#open.set(target, episode);
      }
      if (tier === 'B' && episode.tier === 'A') [episode.tier, episode.reason] = [tier, reason];
      episode.answer ??= answer;
      episode.toMs = atMs;
      if (state === 'over') episode.isExcused ||= this.#isExcused(target, atMs);
    }
    for (const [target, episode] of this.#open)
      if (!alarms.has(target)) {
        this.#open.delete(target);
        this.#closed.push(episode);
      }
  }

  #followSurges(surges: ReadonlySet<string>): void {
    for (const target of this.#surging) if (!surges.has(target)) this.#surging.delete(target);
    for (const target of surges) {
      if (this.#surging.has(target)) continue;
      this.#surging.add(target);
      if (target.includes('/')) continue;
      this.#surges += 1;
    }
  }

  #isExcused(target: string, atMs: number): boolean {
    const last = this.#attacks.at(-1);
    if (last === undefined) return false;
    const { plan } = last.facts;
    return atMs <= plan.endMs + excusedAfterMs && this.#concerns(target, plan);
  }

  /** Whether an alarm for a target is about an attack; answers are remembered, because parsing is slow. */
  #concerns(target: string, plan: PlannedAssault): boolean {
    if (target === plan.target) return true;
    const key = `${target} ${plan.target} ${plan.family}`;
    const known = this.#relations.get(key);
    if (known !== undefined) return known;
    const isRelated = target.includes('/')
      ? holds(target, plan.target)
      : plan.family === 'carpet_bombing' && isNeighbour(target, plan.target);
    this.#relations.set(key, isRelated);
    return isRelated;
  }

  verdict(): Verdict {
    this.#closed.push(...this.#open.values());
    this.#open.clear();
    return {
      watcher: this.#watcher.name,
      attacks: this.#attacks.map(verdictOf),
      falseAlarms: this.#closed
        .filter(({ isExcused }) => !isExcused)
        .map(({ target, fromMs, toMs, tier, answer, reason }) => ({
          target,
          atMs: fromMs,
          durationMs: toMs - fromMs,
          tier,
          answer,
          reason,
          during: this.#plan.benign
            .filter((event) => isDuring(event, target, fromMs))
            .map(({ kind }) => kind),
        })),
      surges: this.#surges,
    };
  }
}

function verdictOf({ facts, windows, windowsUp, ...watched }: Watched): AttackVerdict {
  const { plan, usualPacketsPerSecond, usualBitsPerSecond, bitsPerSecond } = facts;
  const multiples = [
    plan.packetsPerSecond >= floor.packetsPerSecond ? plan.packetsPerSecond / usualPacketsPerSecond : 0,
    bitsPerSecond >= floor.bitsPerSecond ? bitsPerSecond / usualBitsPerSecond : 0,
  ];
  return {
    family: plan.family,
    target: plan.target,
    isRamp: plan.isRamp,
    startMs: plan.startMs,
    durationMs: plan.endMs - plan.startMs,
    packetsPerSecond: Math.round(plan.packetsPerSecond),
    usualPacketsPerSecond: Math.round(usualPacketsPerSecond),
    multiple: Math.max(...multiples),
    ...watched,
    heldShare: windows === 0 ? 0 : windowsUp / windows,
  };
}

const holds = (prefix: string, address: string): boolean => cidrContains(prefix, address);

/** In the same /24, or /48. */
function isNeighbour(a: string, b: string): boolean {
  const length = a.includes(':') ? 6 : 15;
  const [one, other] = [addressBytes(a).subarray(0, length), addressBytes(b).subarray(0, length)];
  return a.includes(':') === b.includes(':') && one.every((byte, index) => byte === other[index]);
}

const isDuring = (event: BenignEvent, target: string, atMs: number): boolean =>
  (event.target === target || target.includes('/')) &&
  event.startMs <= atMs &&
  atMs <= benignEndMs(event) + 5000;
