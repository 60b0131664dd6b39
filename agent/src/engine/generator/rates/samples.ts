/**
 * Samples of a window, chosen as the kernel chooses them: of a target's first packets every one, then one in 2, in 4, and
 * so on, four each; some 40 of a flood's window, each with the rate it stands for.
 */
import type { Sample } from '../../types.ts';
import type { Chance } from './chance.ts';
import type { PooledPacket } from './kinds.ts';
import type { Service } from './service.ts';

/** As in bpf/sample.h. */
const targetStep = 4;
/** Of quiet traffic, where nobody looks closely: so many in one window of each second. */
export const trickle = 6;

export interface SampledWindow {
  readonly target: string;
  readonly fromNs: number;
  readonly toNs: number;
  readonly services: readonly Service[];
  /** When the attack's packets begin in this window, and how many there are; their next one. */
  readonly assault: { readonly fromNs: number; readonly packets: number; next(): PooledPacket } | null;
}

/** One place that makes samples: objects of one shape are several times faster to copy. */
export const sampleOf = (
  target: string,
  atNs: number,
  rate: number,
  { length, data }: PooledPacket,
  label: 'legitimate' | 'attack',
): Sample => ({ target, atNs: Math.round(atNs), length, rate, data, label });

export class WindowSampler {
  readonly #chance: Chance;
  #services: readonly Service[] = [];

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** Adds a window's samples. `most` bounds a trickle, which is spread evenly; null for as many as the kernel takes. */
  take(samples: Sample[], window: SampledWindow, most: number | null): void {
    this.#services = window.services;
    let legitimate = 0;
    for (const { sent } of this.#services) for (const packets of sent) legitimate += packets;
    const attack = window.assault?.packets ?? 0;
    const all = legitimate + attack;
    if (all === 0) return;
    if (most !== null) {
      const step = Math.max(1, all / most);
      for (let position = 0.5 * step; position < all; position += step)
        samples.push(this.#sample(window, position / all, legitimate, Math.round(step)));
      return;
    }
    let taken = 0;
    for (let position = 0; ; taken++) {
      const rate = 2 ** Math.floor(taken / targetStep);
      position += rate === 1 ? 1 : Math.ceil(this.#chance.exponential(rate));
      if (position > all) break;
      samples.push(this.#sample(window, (position - 0.5) / all, legitimate, rate));
    }
  }

  /** The packet at a share of the way through the window's packets. */
  #sample(
    { target, fromNs, toNs, assault }: SampledWindow,
    share: number,
    legitimate: number,
    rate: number,
  ): Sample {
    const lengthNs = toNs - fromNs;
    if (assault === null || assault.packets === 0)
      return this.#legitimate(target, fromNs + share * lengthNs, legitimate, rate);
    // Legitimate packets are spread over the whole window, the attack's from its beginning on.
    const position = share * (legitimate + assault.packets);
    const before = (legitimate * (assault.fromNs - fromNs)) / lengthNs;
    if (position < before)
      return this.#legitimate(target, fromNs + (position / legitimate) * lengthNs, legitimate, rate);
    const after = legitimate - before + assault.packets;
    const atNs = assault.fromNs + ((position - before) / after) * (toNs - assault.fromNs);
    if (this.#chance.float() * after < legitimate - before)
      return this.#legitimate(target, atNs, legitimate, rate);
    return sampleOf(target, atNs, rate, assault.next(), 'attack');
  }

  /** A packet of the services, each kind as often as it was sent. */
  #legitimate(target: string, atNs: number, legitimate: number, rate: number): Sample {
    let left = this.#chance.float() * legitimate;
    for (const { sent, kinds } of this.#services) {
      for (let index = 0; index < sent.length; index++) {
        left -= sent[index]!;
        if (left >= 0) continue;
        const { pool } = kinds[index]!;
        return sampleOf(target, atNs, rate, pool[this.#chance.integer(0, pool.length - 1)]!, 'legitimate');
      }
    }
    throw new RangeError('a sample was asked for where nothing was sent');
  }
}
