/** Windows and deviations made of packets that a test builds itself, without the generator. */
import type { Evidence } from '@tidegate/schemas';
import { buildTcp, synOptions, tcpFlag } from '../packet/index.ts';
import { counterNames } from '../types.ts';
import type { Attack, Deviation, Sample, SignalFinding, TargetWindow } from '../types.ts';
import { classify } from './index.ts';

export const host = '203.0.113.10';
/** All that is measured begins here, ns. */
const beginNs = 100e9;

/** Numbers by chance, the same for the same seed (Park and Miller, 1988). */
export class Draws {
  #state: number;

  constructor(seed = 1) {
    this.#state = seed;
  }

  integer(from: number, to: number): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return from + (this.#state % (to - from + 1));
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.integer(0, 255));
  }

  /** Of any network that is in use. */
  address(): string {
    return `${this.integer(20, 99)}.${this.integer(0, 255)}.${this.integer(0, 255)}.${this.integer(1, 254)}`;
  }

  /** One that anything at all may be made up of. */
  madeUp(): string {
    return [0, 0, 0, 0].map(() => this.integer(0, 255)).join('.');
  }

  /** As packets arrive over a usual path. */
  ttl(): number {
    return [64, 128, 255][this.integer(0, 2)]! - this.integer(5, 20);
  }
}

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** What a web server receives: handshakes with options, requests, acknowledgements, ends. */
export function browsing(draws: Draws, count: number, target = host): Uint8Array[] {
  return times(count, (index) => {
    const kind = index % 10;
    const base = {
      source: draws.address(),
      destination: target,
      sourcePort: draws.integer(32_768, 60_999),
      destinationPort: 443,
      ttl: draws.ttl(),
      window: draws.integer(200, 65_535),
      sequence: draws.integer(1, 2 ** 31),
    };
    if (kind === 0) return buildTcp({ ...base, flags: tcpFlag.syn, options: synOptions.linux });
    if (kind === 1) return buildTcp({ ...base, flags: tcpFlag.fin | tcpFlag.ack });
    const payload = kind < 4 ? draws.bytes(draws.integer(80, 900)) : new Uint8Array(0);
    return buildTcp({ ...base, flags: tcpFlag.ack, payload, options: new Uint8Array(12).fill(1) });
  });
}

export interface Situation {
  readonly target?: string;
  /** Before; at 2000 packets/s, so that 30 % of `now` may be the same again. @default none */
  readonly quiet?: readonly Uint8Array[];
  /** Since the excess began, in this order; see `packetsPerSecond`. */
  readonly now: readonly Uint8Array[];
  /** What `now` stands for. @default 7000 */
  readonly packetsPerSecond?: number;
  /** For how long it lasts, ms. @default 300 */
  readonly ageMs?: number;
  readonly counts?: Partial<Record<(typeof counterNames)[number], number>>;
  readonly signals?: readonly SignalFinding[];
}

const quietPacketsPerSecond = 2000;
const floorPacketsPerSecond = 3000;

export function situation(given: Situation): { window: TargetWindow; deviation: Deviation } {
  const { target = host, quiet = [], now, packetsPerSecond = 7000, ageMs = 300, signals = [] } = given;
  const sinceNs = beginNs;
  const atNs = sinceNs + ageMs * 1e6;
  const rate = ((packetsPerSecond / 1000) * ageMs) / Math.max(1, now.length);
  const sampled = (packets: readonly Uint8Array[], fromNs: number, toNs: number, weight: number): Sample[] =>
    packets.map((bytes, index) => ({
      target,
      atNs: fromNs + ((toNs - fromNs) * index) / packets.length,
      length: bytes.length,
      rate: weight,
      data: bytes.slice(0, 128),
    }));
  const evidence: Evidence = {
    metric: 'packets',
    value: packetsPerSecond,
    threshold: floorPacketsPerSecond,
    packetsPerSecond,
    bitsPerSecond: 0,
    samples: now.length,
    windowMs: 100,
    firstPacketAt: null,
  };
  const window: TargetWindow = {
    target,
    atNs,
    intervalMs: 100,
    counts: Float64Array.from(counterNames, (name) => given.counts?.[name] ?? 0),
    packetsPerSecond,
    bitsPerSecond: 0,
    quietPacketsPerSecond: quiet.length === 0 ? null : quietPacketsPerSecond,
    recentSamples: sampled(now, sinceNs, atNs, rate),
    quietSamples: sampled(quiet, 0, sinceNs, 1),
  };
  const volume = {
    metric: 'packets' as const,
    scaleMs: 100,
    value: packetsPerSecond,
    limit: floorPacketsPerSecond,
    usual: null,
  };
  const found = { tier: 'B' as const, confidence: 0.5, volume, signals };
  return { window, deviation: { target, ...found, evidence, threshold: 'default', sinceNs } };
}

export function named(given: Situation): Attack[] {
  const { window, deviation } = situation(given);
  return classify(window, deviation);
}

/** Two lists, evenly mixed. */
export function mixed<T>(one: readonly T[], other: readonly T[]): T[] {
  const all = [...one, ...other];
  const step = one.length / all.length;
  let [left, right] = [0, 0];
  return all.map((_, index) =>
    left < one.length && (left <= index * step || right >= other.length) ? one[left++]! : other[right++]!,
  );
}
