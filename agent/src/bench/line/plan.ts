/** Which floods are sent, in which order, and when against the tick: the same for the same seed. */
import { SeededRandom } from '../../engine/generator/random.ts';
import { spareAddresses } from '../../testkit/netns.ts';

export interface PlannedAttack {
  readonly kind: 'syn_flood' | 'dns_amplification' | 'udp_flood';
  readonly target: string;
  /** How long to wait before it, ms: uniform over one tick, whose own phase nobody knows. */
  readonly delayMs: number;
}

/** Length of a flood, ms; also what a failure counts as. */
export const floodMs = 500;

const kinds = ['syn_flood', 'dns_amplification', 'udp_flood'] as const;
const tickMs = 100;

/**
 * So many of each family that a target is seldom attacked twice: one that is attacked again soon has to be quiet for ever
 * longer before its incident ends (detector/hold-down.ts).
 */
export const targetsEach = 32;
const { ipv4, ipv6 } = spareAddresses(targetsEach);
/** IPv4 and IPv6 in turn. */
export const targets: readonly string[] = ipv4.flatMap((one, index) => [one, ipv6[index]!]);

/** Every target meets every family equally often. */
export function planAttacks(count: number, seed: string): PlannedAttack[] {
  const random = new SeededRandom(`line ${seed}`);
  return Array.from({ length: count }, (_, index) => {
    const round = Math.floor(index / targets.length);
    return {
      kind: kinds[(index + round) % kinds.length] ?? kinds[0],
      target: targets[index % targets.length] ?? '',
      delayMs: random.float() * tickMs,
    };
  });
}
