/** Which floods are sent, in which order, and when against the tick: the same for the same seed. */
import { SeededRandom } from '../../engine/generator/random.ts';
import { labAddresses } from '../../testkit/netns.ts';

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

/** IPv4 and IPv6 in turn, so that a target has the time of the others' attacks to be quiet again. */
export const targets: readonly string[] = labAddresses.victim.ipv4.flatMap((ipv4, index) => {
  const ipv6 = labAddresses.victim.ipv6[index];
  return ipv6 === undefined ? [ipv4] : [ipv4, ipv6];
});

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
