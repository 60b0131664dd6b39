/**
 * One service of a target under its own load: sessions begin, send for a while, end, and are answered.
 *
 * Requests for connections follow the arrivals at once, everything else a session later, as in life: a crowd shows its
 * SYNs first and its acknowledgements after. Sources are told apart as the kernel's memory of known ones does: a new
 * client counts once while sources are learned, and with every packet while they are not.
 */
import { counter } from '../../types.ts';
import type { Chance } from './chance.ts';
import { countKind, kindsOf } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { Mood } from './mood.ts';
import { send } from './server.ts';
import type { Server } from './server.ts';

export interface ServiceTraits {
  readonly name: string;
  /** Mean of what one session sends; connections are counted by their requests instead. */
  readonly packetsPerSession: number;
  readonly sessionSeconds: number;
  /** Share of sessions whose source was not seen in the last day or two. */
  readonly newShare: number;
  /** Standard deviation of the log of the rate from 100 ms to 100 ms: trains of packets. */
  readonly trainsSigma: number;
}

/** Some seconds of a service, both ways. */
export interface Conversation {
  readonly incoming: readonly Uint8Array[];
  readonly outgoing: readonly Uint8Array[];
}

/** What goes on around a service in a window. */
export interface Scene {
  readonly server: Server;
  readonly seconds: number;
  /** Whether the kernel learns sources. */
  readonly isLearning: boolean;
}

/** What goes out for each packet that comes in. */
interface Answers {
  readonly synAckPerRequest: number;
  readonly resetPerPacket: number;
  readonly otherPerPacket: number;
  readonly otherLength: number;
}

/** Correlation of the trains from one 100 ms to the next. */
const trainsKept = 0.6;
const trainsGain = Math.sqrt(1 - trainsKept * trainsKept);
const synAckLength = 60;
const resetLength = 40;
/** A packet is no shorter than its headers, and no longer than what Ethernet takes. */
const lengthMin = 28;
const lengthMax = 1500;

export class Service {
  readonly traits: ServiceTraits;
  readonly kinds: readonly Kind[];
  /** Packets of each kind in the last window. */
  readonly sent: Float64Array;
  readonly #chance: Chance;
  readonly #isRequest: readonly boolean[];
  readonly #packetsPerSession: number;
  /** Packets of a kind in one session. */
  readonly #perSession: Float64Array;
  readonly #answers: Answers;
  #arriving = 0;
  #flowing: number | null = null;
  #newShare: number;
  /** Share of what flows that comes from sources nobody knows. */
  #unknownShare = 0;
  #trains = 0;
  readonly #trainOf: number[] = [];
  /** No service has the same users all the time: lengths, answers and requests, each around 1. */
  readonly #lengths: Mood;
  readonly #answering: Mood;
  readonly #requesting: Mood;

  constructor(traits: ServiceTraits, { incoming, outgoing }: Conversation, chance: Chance) {
    this.traits = traits;
    this.kinds = kindsOf(incoming);
    this.sent = new Float64Array(this.kinds.length);
    this.#chance = chance;
    this.#isRequest = this.kinds.map(isRequest);
    const requestShare = this.kinds.filter(isRequest).reduce((sum, { share }) => sum + share, 0);
    this.#packetsPerSession = requestShare === 0 ? traits.packetsPerSession : 1 / requestShare;
    this.#perSession = Float64Array.from(this.kinds, ({ share }) => share * this.#packetsPerSession);
    this.#answers = answersOf(kindsOf(outgoing), outgoing.length, incoming.length, requestShare);
    this.#newShare = traits.newShare;
    this.#lengths = new Mood(chance);
    this.#answering = new Mood(chance);
    this.#requesting = new Mood(chance);
  }

  /**
   * Sessions that begin in the second to come, by the packets/s that they make, and the share of them from new sources.
   * To be called once a second.
   */
  demand(packetsPerSecond: number, newShare: number): void {
    this.#arriving = packetsPerSecond / this.#packetsPerSession;
    this.#newShare = newShare;
    this.#flowing ??= this.#arriving;
    this.#lengths.advance();
    this.#answering.advance();
    this.#requesting.advance();
  }

  /**
   * Adds what comes in one window, or in several that are counted as one: `course` then takes how many packets of it came
   * in each of them. Nothing is drawn where nothing goes on.
   */
  count(counts: Float64Array, course: Float64Array | null, scene: Scene): void {
    const chance = this.#chance;
    const { server, seconds } = scene;
    const turnover = 1 - Math.exp(-seconds / this.traits.sessionSeconds);
    const before = this.#flowing ?? 0;
    const flowing = before + (this.#arriving * server.admits - before) * turnover;
    this.#flowing = flowing < 1e-9 ? 0 : flowing;
    const requests = this.#arriving * seconds * this.#requesting.factor;
    if (this.#flowing === 0 && requests === 0) {
      this.sent.fill(0);
      return;
    }
    const trains = course === null ? this.#nextTrain() : this.#nextTrains(course.length);
    const data = this.#flowing * seconds * trains;
    let all = 0;
    let asked = 0;
    for (let index = 0; index < this.kinds.length; index++) {
      const kind = this.kinds[index]!;
      const isAsking = this.#isRequest[index]!;
      const packets = chance.poisson((isAsking ? requests : data) * this.#perSession[index]!);
      this.sent[index] = packets;
      if (packets === 0) continue;
      all += packets;
      if (isAsking) asked += packets;
      const spread = kind.lengthDeviation * Math.sqrt(packets) * chance.normal();
      const mean = kind.lengthDeviation === 0 ? kind.length : kind.length * this.#lengths.factor;
      const bytes = Math.min(lengthMax, Math.max(lengthMin, mean + spread / packets)) * packets;
      countKind(counts, kind, packets, Math.round(bytes));
    }
    this.#answer(counts, all, asked, server.admits);
    this.#countSources(counts, requests, all, turnover, scene.isLearning);
    if (course === null) return;
    for (let window = 0; window < course.length; window++)
      course[window] =
        course[window]! + chance.poisson((all * this.#trainOf[window]!) / (trains * course.length));
  }

  /** Around 1: packets come in trains. */
  #nextTrain(): number {
    const { trainsSigma } = this.traits;
    this.#trains = trainsKept * this.#trains + trainsSigma * trainsGain * this.#chance.normal();
    return Math.exp(this.#trains - (trainsSigma * trainsSigma) / 2);
  }

  /** Those of several windows, and their mean. */
  #nextTrains(windows: number): number {
    let sum = 0;
    for (let window = 0; window < windows; window++) {
      const train = this.#nextTrain();
      this.#trainOf[window] = train;
      sum += train;
    }
    return sum / windows;
  }

  #answer(counts: Float64Array, packets: number, requests: number, admitted: number): void {
    const chance = this.#chance;
    const { synAckPerRequest, resetPerPacket, otherPerPacket, otherLength } = this.#answers;
    if (requests > 0) {
      const synAcks = chance.round(requests * admitted * synAckPerRequest);
      send(counts, synAcks, synAckLength, counter.outTcpSynAck);
    }
    if (resetPerPacket > 0)
      send(counts, chance.round(packets * resetPerPacket), resetLength, counter.outTcpRst);
    send(
      counts,
      chance.round((packets - requests) * otherPerPacket * this.#answering.factor),
      otherLength,
      null,
    );
  }

  #countSources(
    counts: Float64Array,
    arriving: number,
    packets: number,
    turnover: number,
    isLearning: boolean,
  ): void {
    // Known sources are half a day to two days old; of what flows, all were met before.
    let unknown = Math.min(packets, this.#chance.poisson(arriving * this.#newShare));
    if (isLearning) {
      // Who was not learned before is met now, once.
      const met = this.#chance.round((this.#flowing ?? 0) * this.#unknownShare);
      unknown += Math.min(packets - unknown, met);
      this.#unknownShare = 0;
    } else {
      this.#unknownShare += (this.#newShare - this.#unknownShare) * turnover;
      unknown += this.#chance.round((packets - unknown) * this.#unknownShare);
    }
    counts[counter.sourcesSampled] = counts[counter.sourcesSampled]! + packets;
    counts[counter.sourcesNew] = counts[counter.sourcesNew]! + Math.min(packets, unknown);
  }
}

const isRequest = ({ columns }: Kind): boolean => columns.includes(counter.tcpSyn);

function answersOf(
  kinds: readonly Kind[],
  outgoing: number,
  incoming: number,
  requestShare: number,
): Answers {
  const count = (of: readonly Kind[]): number => of.reduce((sum, { share }) => sum + share, 0) * outgoing;
  const synAcks = kinds.filter(({ columns }) => columns.includes(counter.tcpSynAck));
  const resets = kinds.filter(({ columns }) => columns.includes(counter.tcpRst));
  const others = kinds.filter((kind) => !synAcks.includes(kind) && !resets.includes(kind));
  const bytes = others.reduce((sum, { share, length }) => sum + share * outgoing * length, 0);
  return {
    // Nearly every request of real clients is answered; how many of them some seconds show is chance.
    synAckPerRequest: synAcks.length === 0 ? 0 : 0.995,
    resetPerPacket: count(resets) / Math.max(1, incoming),
    otherPerPacket: count(others) / Math.max(1, incoming * (1 - requestShare)),
    otherLength: bytes / Math.max(1, count(others)),
  };
}
