/** The policy that every detector of the bench is run with. */
import type { CompiledThreshold } from '@tidegate/schemas';

export const floor = { packetsPerSecond: 5000, bitsPerSecond: 50e6 };

/** How long an alarm stays up once nothing is over any more; the same for the detectors that it is compared with. */
export const releaseAfterMs = 10_000;

/** Of a playbook: what is named with less is not answered. */
export const confidenceMin = 0.8;

export const protect: readonly string[] = ['203.0.113.0/24', '2001:db8::/48'];

export const threshold: CompiledThreshold = {
  name: 'bench',
  targets: [],
  floorPacketsPerSecond: floor.packetsPerSecond,
  floorBitsPerSecond: floor.bitsPerSecond,
  holdMs: 0,
  releaseRatio: 0.5,
};

/** 1 January 2026 was a Thursday: the weeks begin on Monday the 5th, 00:00 UTC. */
export const startedAtMs = Date.UTC(2026, 0, 5);
