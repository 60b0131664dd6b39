/** Captures with labels: legitimate traffic alone, or with an attack that makes up 70 % of the packets while it lasts. */
import {
  SeededRandom,
  attackScene,
  attackTraffic,
  beginning,
  drawMix,
  generate,
  suddenKinds,
} from '../../../engine/generator/index.ts';
import type {
  AttackFamily,
  AttackShape,
  GeneratedPacket,
  GeneratedWindow,
  TrafficMix,
} from '../../../engine/generator/index.ts';

/** Share of legitimate packets while the attack lasts. */
const legitimateShare = 0.3;
const windowMs = 100;

/** A capture that is still to be played. */
export interface Script {
  readonly target: string;
  /** Null where everything is legitimate. */
  readonly attack: AttackShape | null;
  readonly mix: TrafficMix;
  /** When the attack begins, or the surge, ns. */
  readonly startNs: number;
  /** What surges; null where an attack begins. */
  readonly surge: string | null;
  /** Only once: an attack goes on where it stopped. */
  play(): Generator<GeneratedWindow>;
}

/** All of it at once. */
export interface Capture extends Script {
  readonly windows: readonly GeneratedWindow[];
}

const held = (script: Script): Capture => ({ ...script, windows: [...script.play()] });

export interface AttackCaptureOptions {
  readonly seed: string;
  readonly family: AttackFamily;
  /** Legitimate traffic alone, before the attack. */
  readonly quietMs: number;
  readonly attackMs: number;
  readonly attackPacketsPerSecond: number;
}

export const attackCapture = (options: AttackCaptureOptions): Capture => held(attackScript(options));

export function attackScript(options: AttackCaptureOptions): Script {
  const { seed, family, quietMs, attackMs, attackPacketsPerSecond } = options;
  const random = new SeededRandom(seed);
  const target = drawTarget(random, family.isIpv4Only === true);
  const legitimatePps = (attackPacketsPerSecond * legitimateShare) / (1 - legitimateShare);
  const role = family.aimedAt !== undefined && random.chance(0.7) ? random.pick(family.aimedAt) : null;
  const mix = drawMix({
    target,
    random: new SeededRandom(`${seed} mix`),
    packetsPerSecond: legitimatePps,
    ...(role !== null && { role }),
  });
  const attack = family.draw(new SeededRandom(`${seed} attack`), attackScene(target));
  // Anywhere in a window: an attack does not wait for our tick.
  const startNs = Math.round((quietMs + random.float() * windowMs) * 1e6);
  const timing = {
    target,
    packetsPerSecond: attackPacketsPerSecond,
    startNs,
    endNs: startNs + attackMs * 1e6,
  };
  const durationMs = Math.ceil((startNs / 1e6 + attackMs) / windowMs) * windowMs;
  return {
    target,
    attack,
    mix,
    startNs,
    surge: null,
    play: () =>
      generate({ seed, sources: [...mix.sources, attackTraffic(attack, timing)], durationMs, windowMs }),
  };
}

export interface BenignCaptureOptions {
  readonly seed: string;
  readonly quietMs: number;
  readonly surgeMs: number;
  /** Of the mix, before and beside the surge. */
  readonly packetsPerSecond: number;
}

export const benignCapture = (options: BenignCaptureOptions): Capture => held(benignScript(options));

/**
 * Legitimate traffic alone, with a surge of 2 to 8 times all that was there: the crowd of one of the server's roles, at
 * once or within half a second, much larger than the usual one and unknown; or something in bulk that the server itself
 * or another site begins. One in five has no surge at all: a server that is busy from the start.
 */
export function benignScript({ seed, quietMs, surgeMs, packetsPerSecond }: BenignCaptureOptions): Script {
  const random = new SeededRandom(seed);
  const target = drawTarget(random, false);
  const mix = drawMix({ target, random: new SeededRandom(`${seed} mix`), packetsPerSecond });
  const startNs = Math.round((quietMs + random.float() * windowMs) * 1e6);
  const kind = random.pick(random.chance(0.7) ? mix.roles : suddenKinds);
  const growNs = random.chance(0.5) ? 0 : 5e8;
  const rate = packetsPerSecond * random.integer(2, 8);
  const surge = kind.source({
    target,
    random: new SeededRandom(`${seed} surge`),
    packetsPerSecond: beginning(rate, startNs, growNs),
    areOpen: false,
    clientsFrom: 300_000,
    crowdFactor: random.integer(1, 20),
  });
  const hasSurge = random.chance(0.8);
  const durationMs = Math.ceil((startNs / 1e6 + surgeMs) / windowMs) * windowMs;
  return {
    target,
    attack: null,
    mix,
    startNs,
    surge: hasSurge ? `${kind.name} at ${rate} packets/s` : 'none',
    play: () =>
      generate({ seed, sources: [...mix.sources, ...(hasSurge ? [surge] : [])], durationMs, windowMs }),
  };
}

const drawTarget = (random: SeededRandom, isIpv4Only: boolean): string =>
  isIpv4Only || random.chance(0.5) ? '203.0.113.10' : '2001:db8::10';

export const isLabelled =
  (label: GeneratedPacket['label']) =>
  (packet: GeneratedPacket): boolean =>
    packet.label === label && packet.direction !== 'out';
