/** One target of the node: its services with their hours, and what comes on top of them. */
import { counter, counterNames } from '../../types.ts';
import type { Chance } from './chance.ts';
import { Level } from './level.ts';
import { benignEndMs, heightOf } from './benign.ts';
import type { BenignEvent } from './benign.ts';
import { Server } from './server.ts';
import type { Service } from './service.ts';
import { createService, crowdServices, habitsOf, mainServices, sideServices } from './services.ts';

interface Everyday {
  readonly service: Service;
  readonly level: Level;
  /** At level 1. */
  readonly packetsPerSecond: number;
}

interface Transfer {
  readonly event: BenignEvent;
  readonly service: Service;
}

/** Mean packets/s of a target: most servers are small, some are not. */
const meanPacketsPerSecond = { from: 300, to: 9000 };
/** What scanners send to one address, whatever it is. */
const scannedPerSecond = { from: 0.1, to: 3 };
/** How far the means that are looked back upon reach, s. */
const recentSeconds = 60;

export class TargetTraffic {
  readonly target: string;
  /** The service that most packets are of. */
  readonly main: string;
  readonly server: Server;
  readonly counts = new Float64Array(counterNames.length);
  /** Legitimate packets/s and bits/s over about the last minute. */
  recentPacketsPerSecond = 0;
  recentBitsPerSecond = 0;
  /** Highest of the windows of the last second that was counted at once. */
  peakPacketsPerSecond = 0;
  peakBitsPerSecond = 0;
  /** Whether something benign multiplies its traffic, or a transfer is on. */
  isUnusual = false;
  readonly #chance: Chance;
  readonly #everyday: readonly Everyday[];
  #events: readonly BenignEvent[] = [];
  #nextEvent = 0;
  #active: BenignEvent[] = [];
  #transfers: Transfer[] = [];
  readonly #course = new Float64Array(10);

  /** @param isVisited Whether people come to it in crowds. */
  constructor(target: string, days: number, isVisited: boolean, chance: Chance) {
    this.target = target;
    this.#chance = chance;
    this.server = new Server(chance);
    const shares = drawServices(isVisited, chance);
    this.main = [...shares].sort(([, a], [, b]) => b - a)[0]![0];
    const mean = chance.logUniform(meanPacketsPerSecond.from, meanPacketsPerSecond.to);
    const scanned = chance.logUniform(scannedPerSecond.from, scannedPerSecond.to);
    const busiestHour = chance.uniform(12, 22);
    const everyday = (name: string, packetsPerSecond: number): Everyday => ({
      service: createService(name, target, chance),
      packetsPerSecond,
      level: everydayLevel(name, days, busiestHour, chance),
    });
    this.#everyday = [
      ...[...shares].map(([name, share]) => everyday(name, mean * share)),
      everyday('scanners', scanned),
    ];
  }

  /** Takes those that concern it of what was planned, in the order of their beginnings. */
  schedule(events: readonly BenignEvent[]): void {
    this.#events = events.filter(({ target }) => target === this.target);
  }

  /** Names of its everyday services. */
  get serviceNames(): readonly string[] {
    return this.#everyday.map(({ service }) => service.traits.name);
  }

  /** All services with what they sent in the last window. */
  get services(): readonly Service[] {
    return [...this.#everyday, ...this.#transfers].map(({ service }) => service);
  }

  /** Sets the demand for the second that begins. */
  beginSecond(atMs: number): void {
    this.#turnEvents(atMs);
    for (const { service, level, packetsPerSecond } of this.#everyday) {
      let demand = packetsPerSecond * level.advance(atMs / 1000);
      let { newShare } = service.traits;
      for (const event of this.#active) {
        if (event.factor === null || event.service !== service.traits.name) continue;
        const height = heightOf(event, atMs);
        const factor = 1 + (event.factor - 1) * height;
        demand *= factor;
        // Who comes on top is new in another proportion than who always comes.
        if (event.newShare !== null) newShare += (event.newShare - newShare) * (1 - 1 / factor);
      }
      service.demand(demand, newShare);
    }
    for (const { event, service } of this.#transfers) {
      const wobble = Math.exp(0.1 * this.#chance.normal());
      service.demand(
        event.packetsPerSecond * heightOf(event, atMs) * wobble,
        event.newShare ?? service.traits.newShare,
      );
    }
  }

  /** Counts the legitimate packets of a window anew. */
  count(seconds: number, isLearning: boolean): void {
    this.#count(seconds, isLearning, null);
  }

  /** A whole second at once, as it is learned: its counts, and the highest of its windows. */
  countSecond(windows: number): void {
    this.#course.fill(0, 0, windows);
    this.#count(1, true, this.#course.subarray(0, windows));
    let highest = 0;
    for (let window = 0; window < windows; window++) highest = Math.max(highest, this.#course[window]!);
    this.peakPacketsPerSecond = highest * windows;
    const length = this.counts[counter.bytes]! / Math.max(1, this.counts[counter.packets]!);
    this.peakBitsPerSecond = this.peakPacketsPerSecond * length * 8;
  }

  #count(seconds: number, isLearning: boolean, course: Float64Array | null): void {
    const { counts, server } = this;
    counts.fill(0);
    server.beginWindow(seconds);
    const scene = { server, seconds, isLearning };
    for (const { service } of this.#everyday) service.count(counts, course, scene);
    for (const { service } of this.#transfers) service.count(counts, course, scene);
    const gain = seconds / recentSeconds;
    this.recentPacketsPerSecond += gain * (counts[counter.packets]! / seconds - this.recentPacketsPerSecond);
    this.recentBitsPerSecond += gain * ((counts[counter.bytes]! * 8) / seconds - this.recentBitsPerSecond);
  }

  #turnEvents(atMs: number): void {
    const before = this.#active.length;
    this.#active = this.#active.filter((event) => benignEndMs(event) > atMs);
    if (this.#active.length !== before)
      this.#transfers = this.#transfers.filter(({ event }) => this.#active.includes(event));
    for (; this.#nextEvent < this.#events.length; this.#nextEvent++) {
      const event = this.#events[this.#nextEvent]!;
      if (event.startMs > atMs + 1000) break;
      this.#active.push(event);
      if (event.factor === null)
        this.#transfers.push({ event, service: createService(event.service, this.target, this.#chance) });
    }
    this.isUnusual = this.#active.some(({ kind }) => kind !== 'release');
  }
}

/** What roles share: most servers have one, and something small beside. Browsers are every third. */
function drawServices(isVisited: boolean, chance: Chance): Map<string, number> {
  let main: string = chance.chance(0.3) ? 'browsers' : chance.pick(mainServices);
  while (isVisited && !crowdServices.has(main)) main = chance.pick(mainServices);
  const shares = new Map([[main, chance.uniform(0.6, 0.95)]]);
  if (chance.chance(0.5)) shares.set(chance.pick(mainServices), chance.uniform(0.1, 0.4));
  for (let side = chance.integer(1, 3); side > 0; side--)
    shares.set(chance.pick(sideServices), chance.uniform(0.01, 0.06));
  const whole = [...shares.values()].reduce((sum, share) => sum + share, 0);
  return new Map([...shares].map(([name, share]) => [name, share / whole]));
}

function everydayLevel(name: string, days: number, busiestHour: number, chance: Chance): Level {
  const { followsPeople, trainsSigma } = habitsOf(name);
  // Whoever plays, plays on: what hardly varies in 100 ms hardly varies in seconds.
  const isSteady = trainsSigma < 0.1;
  return new Level({
    chance,
    days,
    dailySwing: followsPeople ? chance.uniform(0.4, 0.85) : chance.uniform(0.05, 0.3),
    busiestHour,
    weekend: followsPeople ? chance.uniform(0.5, 1.5) : 1,
    minutesSigma: chance.uniform(0.08, 0.25),
    secondsSigma: isSteady ? 0.04 : chance.uniform(0.1, 0.3),
    burstEverySeconds: isSteady ? 24 * 3600 : chance.logUniform(1800, 24 * 3600),
  });
}
