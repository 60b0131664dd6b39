/** Ceilings on generated readings, for tests: what a kernel would count, a burst left aside. */
import type { CeilingClass, CompiledThreshold } from '@tidegate/schemas';
import { ceilingCounter, counter } from './types.ts';
import type { CounterName, Reading } from './types.ts';

const countedIn: Readonly<Record<Exclude<CeilingClass, 'bits'>, CounterName>> = {
  packets: 'packets',
  syn: 'tcpSyn',
  tcp: 'tcpPackets',
  udp: 'udpPackets',
  icmp: 'icmpPackets',
  fragments: 'fragments',
  other: 'otherPackets',
};

/**
 * Counts, for every target, what of each class exceeds the ceiling of a threshold in this reading, and in enforce mode
 * drops it. Without the burst that the kernel allows it is stricter, and so no easier on benign traffic.
 */
export function holdCeilings(
  reading: Reading,
  { ceiling }: CompiledThreshold,
  mode: 'observe' | 'enforce',
): Reading {
  const seconds = reading.intervalNs / 1e9;
  for (const { counts } of reading.targets) {
    for (const { class: name, perSecond } of ceiling?.limits ?? []) {
      const packets = counts[counter.packets]!;
      const offered = name === 'bits' ? counts[counter.bytes]! * 8 : counts[counter[countedIn[name]]]!;
      const excess = Math.max(0, offered - perSecond * seconds);
      const above = Math.floor(name === 'bits' ? (packets * excess) / Math.max(1, offered) : excess);
      counts[counter[ceilingCounter[name]]]! += above;
      counts[counter.ceilingPackets]! += above;
      counts[counter[mode === 'enforce' ? 'droppedPackets' : 'wouldDropPackets']]! += above;
    }
  }
  return reading;
}
