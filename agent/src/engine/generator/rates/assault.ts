/**
 * An attack in the course of its time: how many packets of which kind come in a window, to which hosts, from how many
 * sources nobody knows, and what the server answers.
 */
import { destinationOf } from '../../packet/index.ts';
import { counter } from '../../types.ts';
import { attackScene } from '../attacks/index.ts';
import type { AttackFamily, AttackShape } from '../attacks/index.ts';
import type { Chance } from './chance.ts';
import { countKind, kindsOf } from './kinds.ts';
import type { Kind, PooledPacket } from './kinds.ts';
import { answerTo } from './server.ts';
import type { Answer, Server } from './server.ts';

export interface PlannedAssault {
  readonly family: string;
  readonly target: string;
  readonly startMs: number;
  readonly endMs: number;
  /** While it sends. */
  readonly packetsPerSecond: number;
  /** Grows from nothing over its whole time, instead of being there at once. */
  readonly isRamp: boolean;
}

/**
 * Packets that show of which kinds an attack is and from how many sources, and that its samples are taken from, in turn:
 * in a second the kernel samples some 400, so that no packet is seen twice in 20 s.
 */
const drawnPackets = 8192;
const keptBytes = 128;
/** How many packets of a source may be learned in a second: 512 in each slice of 2^24 ns (bpf/sources.h). */
const learnedPerSecondMax = (512 * 1e9) / 2 ** 24;
/** Machines and networks do not send evenly. */
const unevenness = 0.03;

interface Part {
  readonly kind: Kind;
  readonly answer: Answer;
}

export class Assault {
  readonly plan: PlannedAssault;
  readonly shape: AttackShape;
  /** Hosts that packets go to, with their shares; one unless the attack is spread over a prefix. */
  readonly hosts: ReadonlyMap<string, number>;
  readonly #chance: Chance;
  readonly #parts: readonly Part[];
  /** Sources, Infinity where they are made up. */
  readonly #sources: number;
  /** Mean length of its packets, bytes. */
  readonly length: number;
  #knownSources = 0;
  readonly #drawn: readonly PooledPacket[];
  #nextDrawn = 0;

  constructor(plan: PlannedAssault, family: AttackFamily, chance: Chance) {
    this.plan = plan;
    this.#chance = chance;
    this.shape = family.draw(chance, attackScene(plan.target));
    const packets: Uint8Array[] = [];
    while (packets.length < drawnPackets) packets.push(...this.shape.packets());
    this.#drawn = packets.map((bytes) => ({ data: bytes.slice(0, keptBytes), length: bytes.length }));
    const kinds = kindsOf(packets);
    const hasRequests = kinds.some(({ columns }) => columns.includes(counter.tcpSyn));
    const isConnected = !this.shape.spoofed && hasRequests && kinds.some(isAcknowledgement);
    this.#parts = kinds.map((kind) => ({ kind, answer: answerTo(kind.example, isConnected) }));
    this.#sources = sourcesOf(kinds);
    this.length = kinds.reduce((sum, { share, length }) => sum + share * length, 0);
    this.hosts = this.shape.isPrefixWide === true ? hostsOf(kinds) : new Map([[plan.target, 1]]);
  }

  /** Packets that come from `fromMs` to `toMs`. */
  packets(fromMs: number, toMs: number): number {
    const { startMs, endMs, packetsPerSecond, isRamp } = this.plan;
    const [from, to] = [Math.max(fromMs, startMs), Math.min(toMs, endMs)];
    if (to <= from) return 0;
    const factor = isRamp ? ((from + to) / 2 - startMs) / (endMs - startMs) : this.#shareOn(from, to);
    const mean = (packetsPerSecond * factor * (to - from)) / 1000;
    return this.#chance.poisson(mean * Math.max(0, 1 + unevenness * this.#chance.normal()));
  }

  #shareOn(fromMs: number, toMs: number): number {
    const { pulses } = this.shape;
    if (pulses === undefined) return 1;
    const period = pulses.onMs + pulses.offMs;
    const on = (untilMs: number): number => {
      const since = untilMs - this.plan.startMs;
      const periods = Math.floor(since / period);
      return periods * pulses.onMs + Math.min(pulses.onMs, since - periods * period);
    };
    return (on(toMs) - on(fromMs)) / (toMs - fromMs);
  }

  /** Counts `packets` to one host, and what it answers. */
  count(counts: Float64Array, packets: number, server: Server, isLearning: boolean): void {
    let left = packets;
    for (let index = 0; index < this.#parts.length && left > 0; index++) {
      const { kind, answer } = this.#parts[index]!;
      const isLast = index === this.#parts.length - 1;
      const ofKind = isLast ? left : Math.min(left, this.#chance.poisson(packets * kind.share));
      if (ofKind === 0) continue;
      left -= ofKind;
      const spread = kind.lengthDeviation * Math.sqrt(ofKind) * this.#chance.normal();
      countKind(counts, kind, ofKind, Math.round(Math.max(20 * ofKind, kind.length * ofKind + spread)));
      server.answer(counts, answer, ofKind, kind.length);
    }
    counts[counter.sourcesSampled] = counts[counter.sourcesSampled]! + packets;
    counts[counter.sourcesNew] = counts[counter.sourcesNew]! + this.#unknown(packets, isLearning);
  }

  /** Packets from sources that nobody knows: all of a made-up crowd, of a botnet until it was learned. */
  #unknown(packets: number, isLearning: boolean): number {
    if (this.#sources === Infinity) return packets;
    const share = 1 - this.#knownSources / this.#sources;
    if (!isLearning) return this.#chance.round(packets * share);
    const met = (this.#sources - this.#knownSources) * (1 - Math.exp(-packets / this.#sources));
    const learned = Math.min(met, learnedPerSecondMax / 10);
    this.#knownSources = Math.min(this.#sources, this.#knownSources + learned);
    return Math.min(packets, this.#chance.round(met));
  }

  /** The next packet, for a sample. */
  next(): PooledPacket {
    this.#nextDrawn = (this.#nextDrawn + 1) % this.#drawn.length;
    return this.#drawn[this.#nextDrawn]!;
  }
}

const isAcknowledgement = ({ columns }: Kind): boolean => columns.includes(counter.tcpAck);

/** The number of sources that gives as many different ones among the sampled packets; Infinity where all differ. */
function sourcesOf(kinds: readonly Kind[]): number {
  const seen = new Set<string>();
  let drawn = 0;
  for (const { pool, example } of kinds) {
    const [from, to] = example.version === 4 ? [12, 16] : [8, 24];
    for (const { data } of pool) seen.add(data.subarray(from, to).join());
    drawn += pool.length;
  }
  if (seen.size > 0.98 * drawn) return Infinity;
  let sources = seen.size;
  // E[different] = S (1 - e^(-n/S)), solved by iteration.
  for (let round = 0; round < 30; round++) sources = seen.size / (1 - Math.exp(-drawn / sources));
  return sources;
}

function hostsOf(kinds: readonly Kind[]): Map<string, number> {
  const hosts = new Map<string, number>();
  const share = 1 / kinds.reduce((sum, { pool }) => sum + pool.length, 0);
  for (const { pool, example } of kinds)
    for (const { data } of pool) {
      const host = destinationOf({ ...example, data });
      hosts.set(host, (hosts.get(host) ?? 0) + share);
    }
  return hosts;
}
