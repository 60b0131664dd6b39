/** Pulse waves: an attack that stops and comes again while its incident is still open. */

/** A pause counts from here on, and so does a burst; shorter ones are how a steady flood flickers around a limit, ns. */
const pauseNsMin = 300e6;
const burstNsMin = 200e6;
/** So many bursts are a wave. */
const burstsMin = 3;

interface Wave {
  bursts: number;
  /** When the present burst, or pause, began. */
  sinceNs: number;
  isOver: boolean;
  /** Whether the present burst was counted. */
  isCounted: boolean;
}

export class Pulses {
  readonly #waves = new Map<string, Wave>();

  /**
   * A target with something going on, in this tick. `isOver`: above its limit; not: back to quiet.
   * @returns How many bursts there were, when another one makes a wave or goes on with one; else null.
   */
  look(target: string, isOver: boolean, atNs: number): number | null {
    const wave = this.#waves.get(target);
    if (wave === undefined) {
      if (isOver) this.#waves.set(target, { bursts: 0, sinceNs: atNs, isOver, isCounted: false });
      return null;
    }
    const lastedNs = atNs - wave.sinceNs;
    if (wave.isOver && !isOver) {
      // Too short for a burst, it is part of the pause around it.
      wave.isOver = false;
      wave.sinceNs = atNs;
      wave.isCounted = false;
      return null;
    }
    if (!wave.isOver) {
      if (!isOver) return null;
      wave.isOver = true;
      wave.isCounted = lastedNs < pauseNsMin && wave.bursts > 0;
      wave.sinceNs = atNs;
      return null;
    }
    if (wave.isCounted || lastedNs < burstNsMin) return null;
    wave.isCounted = true;
    wave.bursts += 1;
    return wave.bursts >= burstsMin ? wave.bursts : null;
  }

  forget(target: string): void {
    this.#waves.delete(target);
  }
}
