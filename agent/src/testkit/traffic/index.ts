/**
 * Attack traffic, and a witness for what of it gets through.
 *
 * Promises: packets are as the network would deliver them (right lengths and checksums, IPv4 and IPv6 alike); they are
 * paced in slices of 1 ms, from an interface inside a namespace that a test made; generator and probe tell times of
 * the kernel's monotonic clock.
 *
 * ```ts
 * const generator = await startGenerator({ namespace, interfaceName: 'eth0', destinationMac });
 * const probe = openProbe({ namespace: victim, interfaceName: 'eth0' });
 * const { firstNs } = await generator.flood({ kind: 'syn_flood', destination, packetsPerSecond: 200_000, durationMs: 2000 });
 * ```
 */
export { startGenerator, type Generator } from './generator.ts';
export { attackMac } from './layout.ts';
export type { FloodRequest, FloodResult } from './pace.ts';
export { attachAtIngress, openProbe, type Probe } from './probe.ts';
export type { FloodKind } from './template.ts';
