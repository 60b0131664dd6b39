/** The books on what ceilings of the policy hold back in an incident. */
import type { AuditBody, CeilingExcess } from '@tidegate/schemas';
import type { HeldClass, HeldTraffic } from './state.ts';

export const packetsOf = ({ exceeded }: HeldTraffic): bigint =>
  exceeded.reduce((sum, { packets }) => sum + packets, 0n);

/** Sums by class; the limits are those of now. */
export function merged(before: readonly HeldClass[], now: readonly HeldClass[]): HeldClass[] {
  const sums = new Map(before.map((one) => [one.class, one]));
  for (const one of now)
    sums.set(one.class, { ...one, packets: one.packets + (sums.get(one.class)?.packets ?? 0n) });
  return [...sums.values()];
}

export function ceilingRecord(
  incident: string,
  held: HeldTraffic,
  phase: AuditBody<'action.ceiling'>['phase'],
): AuditBody<'action.ceiling'> {
  const { id, threshold, mode, exceeded, firstAtNs, lastAtNs } = held;
  return {
    incident,
    mitigation: id,
    phase,
    backend: 'xdp',
    mode,
    threshold,
    // The kernel's own counters say so: dropped in enforce mode, only counted in observe mode.
    level: mode === 'enforce' ? 'effective' : 'installed',
    exceeded: exceeded.map((one): CeilingExcess => ({ ...one, packets: one.packets.toString() })),
    packets: packetsOf(held).toString(),
    durationMs: Math.round((lastAtNs - firstAtNs) / 1e6),
  };
}
