/** The real clock and the real randomness. */
import { randomBytes } from 'node:crypto';
import type { Clock, Random } from '../ports.ts';

/** On Linux process.hrtime is CLOCK_MONOTONIC, the clock of bpf_ktime_get_ns. */
export const systemClock: Clock = {
  monotonicNs: () => Number(process.hrtime.bigint()),
  wallMs: () => Date.now(),
};

export const systemRandom: Random = { hex: (bytes) => randomBytes(bytes).toString('hex') };
