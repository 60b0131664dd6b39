/**
 * What reached a target while nothing was going on: the legitimate traffic of a recording without labels. What is younger
 * than ten seconds does not count yet: the first packets of an attack come before its incident.
 *
 * Bound: 4096 targets; 16,384 samples of all of them together, at most 512 of one, and 88 more of each that wait.
 */
import { parsePacket } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import type { Sample } from '../types.ts';

export interface QuietTraffic {
  readonly packetsPerSecond: number;
  readonly samples: readonly { readonly packet: Packet; readonly length: number; readonly rate: number }[];
}

const settleNs = 10e9;
const samplesOfTargetMax = 512;
const samplesMax = 16_384;
const targetsMax = 4096;
/** So many samples of one second are kept: 512 then reach back a minute. */
const samplesPerSecond = 8;
/** Weight of the newest second in the mean rate. */
const gain = 0.05;

interface Second {
  readonly startNs: number;
  packets: number;
  passedNs: number;
  readonly samples: Sample[];
}

interface Memory {
  packetsPerSecond: number | null;
  readonly settled: QuietTraffic['samples'][number][];
  /** Seconds that are not old enough, oldest first; at most eleven. */
  waiting: Second[];
}

export class QuietMemory {
  readonly #memories = new Map<string, Memory>();

  /** A window of a target for which nothing is going on. @param samples Of this target alone. */
  remember(
    target: string,
    packets: number,
    samples: readonly Sample[],
    atNs: number,
    intervalNs: number,
  ): void {
    const memory = this.#memories.get(target) ?? this.#begin(target);
    if (memory === null) return;
    let second = memory.waiting.at(-1);
    if (second === undefined || atNs - second.startNs >= 1e9) {
      this.#settle(memory, atNs);
      second = { startNs: atNs - intervalNs, packets: 0, passedNs: 0, samples: [] };
      memory.waiting.push(second);
    }
    second.packets += packets;
    second.passedNs += intervalNs;
    for (const sample of samples) {
      if (second.samples.length >= samplesPerSecond) break;
      // The source may use its buffer again.
      second.samples.push({ ...sample, data: sample.data.slice() });
    }
  }

  #begin(target: string): Memory | null {
    if (this.#memories.size >= targetsMax) return null;
    const memory: Memory = { packetsPerSecond: null, settled: [], waiting: [] };
    this.#memories.set(target, memory);
    return memory;
  }

  /** Something is going on: what was waiting may have been part of it. */
  disturb(target: string): void {
    const memory = this.#memories.get(target);
    if (memory !== undefined) memory.waiting = [];
  }

  /** Null where nothing is known of this target. */
  of(target: string): QuietTraffic | null {
    const { packetsPerSecond = null, settled = [] } = this.#memories.get(target) ?? {};
    return packetsPerSecond === null || settled.length === 0 ? null : { packetsPerSecond, samples: settled };
  }

  #settle(memory: Memory, atNs: number): void {
    const room = Math.min(samplesOfTargetMax, Math.floor(samplesMax / this.#memories.size));
    while (memory.waiting[0] !== undefined && atNs - memory.waiting[0].startNs >= settleNs) {
      const { packets, passedNs, samples } = memory.waiting.shift()!;
      const rate = (packets * 1e9) / passedNs;
      memory.packetsPerSecond =
        memory.packetsPerSecond === null
          ? rate
          : memory.packetsPerSecond + gain * (rate - memory.packetsPerSecond);
      for (const { data, length, rate: standsFor } of samples) {
        const packet = parsePacket(data);
        if (packet !== null) memory.settled.push({ packet, length, rate: standsFor });
      }
    }
    if (memory.settled.length > room) memory.settled.splice(0, memory.settled.length - room);
  }
}
