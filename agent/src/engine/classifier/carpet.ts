/**
 * Carpet bombing: a prefix over its limit, many of whose hosts share the excess, each perhaps below its own. Told from
 * the windows of prefixes; a prefix that is over because of one host is that host's affair.
 */
import type { Scene } from './scene.ts';
import { effectiveCount } from './signals.ts';
import type { Seen } from './traffic.ts';

/** Fewer hosts than this share it as one would. */
const hostsMin = 4;

export interface Carpet {
  /** Whether next to all of it goes to one host, whose own window says more. */
  readonly isOneHost: boolean;
  readonly reason: string;
}

/** Last bytes of the destination: within a prefix they tell hosts apart. */
const hostKey = ({ packet: { data, version } }: Seen): string =>
  version === 4 ? data.subarray(16, 20).join('.') : data.subarray(24, 40).join('.');

/** Null where the target is a host. */
export function carpetOf({ target, now }: Scene): Carpet | null {
  if (!target.includes('/')) return null;
  const hosts = effectiveCount(now.seen, hostKey);
  return {
    isOneHost: hosts < hostsMin,
    reason: `the excess is spread over ${target}, as over ${hosts.toFixed(0)} hosts with equal parts`,
  };
}
