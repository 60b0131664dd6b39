/**
 * The targets that are followed, at most a fixed number. The first ones are taken as they come; when half of the places
 * are taken a target must have shown 16 packets, and when all are it must have twice as many as the one it replaces: a
 * server that answers a spoofed flood sends to millions of addresses, and none of them may push the server out.
 */
import { hashWords, isSame } from './address.ts';
import { HeavyKeys } from './heavy-keys.ts';
import type { SamplePool } from './samples.ts';
import { TargetTally } from './state.ts';
import { Xorshift } from './xorshift.ts';

const packetsMin = 16;
const candidatesLog2 = 13;
/** Places that are looked at for a target to be replaced. */
const rivals = 8;
const seed = 0x51ab_0d37;

export class TargetTable {
  readonly #statesMax: number;
  readonly #pool: SamplePool;
  readonly #states: TargetTally[] = [];
  /** Index of a state plus one, by hash; 0 for none. */
  readonly #places: Int32Array;
  readonly #mask: number;
  readonly #candidates = new HeavyKeys(candidatesLog2);
  readonly #random = new Xorshift(0x7461_7267);
  #last: TargetTally | null = null;
  /** Packets of targets that were not followed. */
  untracked = 0;

  /** @param statesMax A power of two. */
  constructor(statesMax: number, pool: SamplePool) {
    this.#statesMax = statesMax;
    this.#pool = pool;
    this.#places = new Int32Array(4 * statesMax);
    this.#mask = this.#places.length - 1;
  }

  get all(): readonly TargetTally[] {
    return this.#states;
  }

  /** The target of these four words, taken up where there is room for it. */
  follow(key: Int32Array, weight: number): TargetTally | null {
    const known = this.find(key);
    if (known !== null) return known;
    const state = this.#takeUp(key);
    if (state === null) this.untracked += weight;
    return state;
  }

  /** The target of these four words, where it is followed. */
  find(key: Int32Array): TargetTally | null {
    const last = this.#last;
    if (last !== null && isSame(last.key, key)) return last;
    const place = this.#placeOf(key);
    const index = this.#places[place]!;
    if (index === 0) return null;
    this.#last = this.#states[index - 1]!;
    return this.#last;
  }

  double(): void {
    for (const state of this.#states) state.double();
  }

  /** Where the key lies, or the free place where it would. */
  #placeOf(key: Int32Array): number {
    let place = hashWords(key, seed) & this.#mask;
    for (;;) {
      const index = this.#places[place]!;
      if (index === 0 || isSame(this.#states[index - 1]!.key, key)) return place;
      place = (place + 1) & this.#mask;
    }
  }

  #takeUp(key: Int32Array): TargetTally | null {
    const free = this.#statesMax - this.#states.length;
    if (2 * free > this.#statesMax) return this.#put(key, this.#states.length, 0);
    const seen = this.#candidates.add(key, key, 1);
    if (seen < packetsMin) return null;
    if (free > 0) return this.#put(key, this.#states.length, seen - 1);
    const weakest = this.#weakest();
    const rival = this.#states[weakest]!;
    if (seen < 2 * rival.packetsSeen) return null;
    this.#pool.close(rival.samples);
    const put = this.#put(key, weakest, seen - 1);
    this.#rehash();
    return put;
  }

  #weakest(): number {
    let weakest = 0;
    let fewest = Infinity;
    for (let turn = 0; turn < rivals; turn++) {
      const index = Math.floor(this.#random.fraction() * this.#states.length);
      const { packetsSeen } = this.#states[index]!;
      if (packetsSeen >= fewest) continue;
      weakest = index;
      fewest = packetsSeen;
    }
    return weakest;
  }

  #put(key: Int32Array, index: number, missed: number): TargetTally {
    const state = new TargetTally(key, this.#pool.open(), missed);
    this.#places[this.#placeOf(key)] = index + 1;
    this.#states[index] = state;
    return state;
  }

  /** Linear probing leaves no holes; a replaced target is rare enough to begin anew. */
  #rehash(): void {
    this.#last = null;
    this.#places.fill(0);
    for (const [index, { key }] of this.#states.entries()) this.#places[this.#placeOf(key)] = index + 1;
  }
}
