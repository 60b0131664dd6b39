/** The weeks of one node as readings, one after the other. */
import { destinationOf, parsePacket } from '../../packet/index.ts';
import { counter, counterNames } from '../../types.ts';
import type { HostReading, Reading, Sample, TargetReading } from '../../types.ts';
import { attackFamilies } from '../attacks/index.ts';
import type { AttackFamily } from '../attacks/index.ts';
import { Assault } from './assault.ts';
import type { PlannedAssault } from './assault.ts';
import { Chance } from './chance.ts';
import { planWeeks } from './plan.ts';
import type { WeeksPlan } from './plan.ts';
import { WindowSampler, sampleOf, trickle } from './samples.ts';
import { TargetTraffic } from './target.ts';

export interface WeeksOptions {
  readonly seed: string;
  /** Whole days. @default 14 */
  readonly learningDays?: number;
  /** May be a part of a day. @default 7 */
  readonly testDays?: number;
  /** Attacks of seconds to minutes in the test. @default 30 */
  readonly pulses?: number;
  /** Attacks that grow over 25 minutes. @default 6 */
  readonly ramps?: number;
  /** @default every family that the generator knows */
  readonly families?: readonly AttackFamily[];
}

/** What an attack met, for the judge. */
export interface AssaultFacts {
  readonly plan: PlannedAssault;
  /** Legitimate traffic of the target in the minute before. */
  readonly usualPacketsPerSecond: number;
  readonly usualBitsPerSecond: number;
  /** Of the attack while it sends; at its end for one that grows. */
  readonly bitsPerSecond: number;
}

export const windowMs = 100;
const windowSeconds = windowMs / 1000;
const windowsPerSecond = 1000 / windowMs;
/** Traffic so far above the last minute's is sampled as in the kernel, and so are the minutes of anything unusual. */
const closeFactor = 1.5;
/** What is below this is sampled as quiet traffic is: no policy would look at it. */
const closePacketsPerSecond = 3000;
/** Of an attack on a whole prefix, samples in a window: the kernel's budget for all targets together. */
const prefixSamples = 200;
const noSamples: readonly Sample[] = [];

/** A reading whose fields are written anew for each window. */
interface OpenReading extends Reading {
  atNs: number;
  host?: HostReading;
  targets: TargetReading[];
  samples: readonly Sample[];
}

export class Weeks {
  readonly plan: WeeksPlan;
  readonly targets: readonly TargetTraffic[];
  /** Of every attack that has begun. */
  readonly facts: AssaultFacts[] = [];
  /** Whether the kernel learns sources: what watches the node says so, as in life. */
  isLearningSources = true;
  readonly #families: ReadonlyMap<string, AttackFamily>;
  readonly #chance: Chance;
  readonly #sampler: WindowSampler;
  readonly #rows: readonly TargetReading[];
  /** Rows of hosts that receive nothing but an attack on their prefix. */
  readonly #hosts = new Map<string, TargetReading>();
  readonly #reading: OpenReading;
  #assault: Assault | null = null;
  #nextAssault = 0;
  #window = 0;
  #cardDrops = 0;
  #listenOverflows = 0;
  #synCookiesSent = 0;
  #softirqShare = 0;

  constructor(options: WeeksOptions) {
    const { seed, learningDays = 14, testDays = 7, pulses = 30, ramps = 6 } = options;
    const { families = attackFamilies } = options;
    this.#families = new Map(families.map((family) => [family.name, family]));
    this.#chance = new Chance(`${seed} attacks`);
    this.#sampler = new WindowSampler(new Chance(`${seed} samples`));
    const chance = new Chance(`${seed} traffic`);
    this.targets = Array.from(
      { length: chance.integer(1, 3) },
      (_, index) =>
        new TargetTraffic(addressOf(chance, index), Math.ceil(learningDays + testDays), index === 0, chance),
    );
    const [first, ...others] = this.targets.map(({ target, main, serviceNames: services }) => ({
      target,
      main,
      services,
    }));
    this.plan = planWeeks({
      chance: new Chance(`${seed} plan`),
      targets: [first!, ...others],
      learningDays,
      testDays,
      pulses,
      ramps,
      families,
    });
    for (const target of this.targets) target.schedule(this.plan.benign);
    this.#rows = this.targets.map(({ target, counts }) => ({ target, counts }));
    this.#reading = {
      atNs: 0,
      intervalNs: windowMs * 1e6,
      targets: [],
      samples: noSamples,
      samplesLost: 0,
      uncountedPackets: 0,
    };
  }

  /**
   * A second of learning at once, which is ten times as fast: `targets` then hold its counts and its highest window.
   * Between windows it may only be called where a second begins, and not while there is an attack.
   */
  nextSecond(): void {
    const fromMs = this.#window * windowMs;
    this.#window += windowsPerSecond;
    for (const target of this.targets) {
      target.beginSecond(fromMs);
      target.countSecond(windowsPerSecond);
    }
  }

  /** The next window. Valid until the one after it is asked for. */
  next(): Reading {
    const fromMs = this.#window * windowMs;
    this.#window += 1;
    const reading = this.#reading;
    reading.atNs = (fromMs + windowMs) * 1e6;
    reading.samples = noSamples;
    reading.targets.length = 0;
    const isSecond = fromMs % 1000 === 0;
    if (isSecond) for (const target of this.targets) target.beginSecond(fromMs);
    for (let index = 0; index < this.targets.length; index++) {
      const target = this.targets[index]!;
      target.count(windowSeconds, this.isLearningSources);
      if (target.counts[counter.packets]! + target.counts[counter.outPackets]! > 0)
        reading.targets.push(this.#rows[index]!);
    }
    const assault = this.#turnAssault(fromMs);
    const packets = assault === null ? 0 : assault.packets(fromMs, fromMs + windowMs);
    if (assault !== null && packets > 0) this.#addAssault(assault, packets);
    this.#takeSamples(fromMs, assault, packets, isSecond);
    this.#overload();
    this.#tellHost(isSecond);
    return reading;
  }

  #turnAssault(fromMs: number): Assault | null {
    if (this.#assault !== null && this.#assault.plan.endMs <= fromMs) {
      this.#assault = null;
      this.#hosts.clear();
    }
    const plan = this.plan.assaults[this.#nextAssault];
    if (this.#assault === null && plan !== undefined && plan.startMs < fromMs + windowMs) {
      this.#nextAssault += 1;
      this.#assault = new Assault(plan, this.#families.get(plan.family)!, this.#chance);
      const usual = this.targets.find(({ target }) => target === plan.target)!;
      this.facts.push({
        plan,
        usualPacketsPerSecond: usual.recentPacketsPerSecond,
        usualBitsPerSecond: usual.recentBitsPerSecond,
        bitsPerSecond: plan.packetsPerSecond * this.#assault.length * 8,
      });
    }
    return this.#assault;
  }

  #addAssault(assault: Assault, packets: number): void {
    const { targets } = this.#reading;
    for (const [host, share] of assault.hosts) {
      const ofHost = share === 1 ? packets : this.#chance.poisson(packets * share);
      if (ofHost === 0) continue;
      const own = this.targets.findIndex(({ target }) => target === host);
      const row = own === -1 ? this.#hostRow(host) : this.#rows[own]!;
      if (own === -1) row.counts.fill(0);
      if (!targets.includes(row)) targets.push(row);
      const { server } = this.targets[Math.max(0, own)]!;
      assault.count(row.counts, ofHost, server, this.isLearningSources);
    }
  }

  #hostRow(host: string): TargetReading {
    const row = this.#hosts.get(host) ?? { target: host, counts: new Float64Array(counterNames.length) };
    this.#hosts.set(host, row);
    return row;
  }

  #takeSamples(fromMs: number, assault: Assault | null, packets: number, isSecond: boolean): void {
    const [fromNs, toNs] = [fromMs * 1e6, (fromMs + windowMs) * 1e6];
    const samples: Sample[] = [];
    const isWide = assault?.shape.isPrefixWide === true;
    for (const one of this.targets) {
      const isTarget = assault !== null && assault.plan.target === one.target;
      const rate = one.counts[counter.packets]! / windowSeconds;
      const isClose =
        isTarget ||
        one.isUnusual ||
        (rate > closePacketsPerSecond && rate > closeFactor * one.recentPacketsPerSecond);
      if (!isClose && !isSecond) continue;
      const attack =
        assault !== null && isTarget && !isWide
          ? { packets, fromNs: Math.max(fromNs, assault.plan.startMs * 1e6), next: () => assault.next() }
          : null;
      const window = { target: one.target, fromNs, toNs, services: one.services, assault: attack };
      this.#sampler.take(samples, window, isClose ? null : trickle);
    }
    if (assault !== null && isWide && packets > 0) this.#samplePrefix(samples, assault, packets, fromNs);
    if (samples.length > 0) this.#reading.samples = samples;
  }

  #samplePrefix(samples: Sample[], assault: Assault, packets: number, fromNs: number): void {
    const count = Math.min(prefixSamples, packets);
    const firstNs = Math.max(fromNs, assault.plan.startMs * 1e6);
    const stepNs = (fromNs + windowMs * 1e6 - firstNs) / count;
    for (let index = 0; index < count; index++) {
      const packet = assault.next();
      const parsed = parsePacket(packet.data);
      if (parsed === null) continue;
      const rate = Math.max(1, Math.round(packets / count));
      samples.push(sampleOf(destinationOf(parsed), firstNs + (index + 0.5) * stepNs, rate, packet, 'attack'));
    }
  }

  /** What the card and the cores cannot take is lost before it is counted, and answered by nobody. */
  #overload(): void {
    const { targets } = this.#reading;
    const capacity = this.targets[0]!.server.capacity * windowSeconds;
    let all = 0;
    for (const { counts } of targets) all += counts[counter.packets]!;
    this.#softirqShare = Math.max(this.#softirqShare, Math.min(1, all / capacity));
    if (all <= capacity) return;
    this.#cardDrops += Math.round(all - capacity);
    for (const { counts } of targets)
      for (let column = 0; column < counts.length; column++)
        counts[column] = Math.round((counts[column]! * capacity) / all);
  }

  /** Once a second, as the agent looks at its host. */
  #tellHost(isSecond: boolean): void {
    for (const { server } of this.targets) {
      this.#listenOverflows += server.listenOverflows;
      this.#synCookiesSent += server.synCookiesSent;
    }
    delete this.#reading.host;
    if (!isSecond) return;
    this.#reading.host = {
      listenOverflows: this.#listenOverflows,
      synCookiesSent: this.#synCookiesSent,
      cardDrops: this.#cardDrops,
      softirqShare: this.#softirqShare,
    };
    this.#listenOverflows = this.#synCookiesSent = this.#cardDrops = this.#softirqShare = 0;
  }
}

/** Of each node's prefixes: IPv4 mostly, some IPv6. */
const addressOf = (chance: Chance, index: number): string =>
  chance.chance(0.75)
    ? `203.0.113.${String(10 + 20 * index + chance.integer(0, 9))}`
    : `2001:db8::${(16 + 16 * index + chance.integer(0, 9)).toString(16)}`;
