/** What strays from its mean, and comes back. */
import type { Chance } from './chance.ts';

/** The next value of an Ornstein-Uhlenbeck process, one second on. */
export function correlated(chance: Chance, value: number, sigma: number, tauSeconds: number): number {
  const kept = 1 - 1 / tauSeconds;
  return value * kept + sigma * Math.sqrt(1 - kept * kept) * chance.normal();
}

/** How far lengths of packets, answers and requests of a service stray, in the log, and over how long. */
const moods = [
  { sigma: 0.07, tauSeconds: 1800 },
  { sigma: 0.05, tauSeconds: 20 },
] as const;

/** A factor around 1: no service has the same users all the time. */
export class Mood {
  readonly #chance: Chance;
  readonly #values = moods.map(() => 0);
  factor = 1;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** One second on. */
  advance(): void {
    let sum = 0;
    for (let index = 0; index < moods.length; index++) {
      const { sigma, tauSeconds } = moods[index]!;
      const value = correlated(this.#chance, this.#values[index]!, sigma, tauSeconds);
      this.#values[index] = value;
      sum += value;
    }
    this.factor = Math.exp(sum);
  }
}
