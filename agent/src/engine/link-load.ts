/** How full the link is: all that arrives at the host, with what it drops, over about a second. */
import { counter } from './types.ts';
import type { Reading } from './types.ts';

/** Readings are added up for so long, ns; a single one wanders. */
const spanNs = 1e9;

export class LinkLoad {
  capacityBitsPerSecond: number | null = null;
  #beganNs: number | null = null;
  #bytes = 0;
  #bitsPerSecond: number | null = null;

  add({ atNs, targets }: Reading): void {
    if (this.#beganNs === null) {
      // What it counted lies before.
      this.#beganNs = atNs;
      return;
    }
    for (const { counts } of targets) this.#bytes += counts[counter.bytes]!;
    const passedNs = atNs - this.#beganNs;
    if (passedNs < spanNs) return;
    this.#bitsPerSecond = (this.#bytes * 8e9) / passedNs;
    this.#beganNs = atNs;
    this.#bytes = 0;
  }

  /** 0 to 1, and more where what arrives is more than is declared; null where it is not declared or not known yet. */
  get share(): number | null {
    if (this.capacityBitsPerSecond === null || this.#bitsPerSecond === null) return null;
    return this.#bitsPerSecond / this.capacityBitsPerSecond;
  }
}
