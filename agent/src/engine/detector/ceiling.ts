/** The ceilings of the policy: what of a window was above them, as the kernel counted it. */
import type { CeilingClass, CeilingExcess, CompiledThreshold } from '@tidegate/schemas';
import { ceilingCounter, counter } from '../types.ts';
import type { CounterName, TargetWindow } from '../types.ts';
import type { Excess } from './floor.ts';

/** What a class counts; fragments count in the class of their protocol as well. */
const counted: Readonly<Record<Exclude<CeilingClass, 'packets' | 'bits' | 'tcp'>, CounterName>> = {
  syn: 'tcpSyn',
  udp: 'udpPackets',
  icmp: 'icmpPackets',
  fragments: 'fragments',
  other: 'otherPackets',
};

/** Each class of the threshold's ceiling that something was above; empty where nothing was. */
export function aboveCeiling({ counts }: TargetWindow, { ceiling }: CompiledThreshold): CeilingExcess[] {
  if (ceiling === undefined || counts[counter.ceilingPackets] === 0) return [];
  return ceiling.limits.flatMap(({ class: name, perSecond }): CeilingExcess[] => {
    const packets = counts[counter[ceilingCounter[name]]]!;
    return packets === 0 ? [] : [{ class: name, perSecond, packets: packets.toFixed(0) }];
  });
}

/** The class that most packets were above, as what a window exceeded; null where nothing was above a ceiling. */
export function ceilingExcess(window: TargetWindow, above: readonly CeilingExcess[]): Excess | null {
  const [most] = [...above].sort((a, b) => Number(b.packets) - Number(a.packets));
  if (most === undefined) return null;
  const metric = most.class === 'bits' ? 'bits' : 'packets';
  return { metric, value: rateOf(window, most.class), floor: most.perSecond };
}

/** Of a class, its share in the window's rate. */
function rateOf({ counts, packetsPerSecond, bitsPerSecond }: TargetWindow, name: CeilingClass): number {
  if (name === 'bits') return bitsPerSecond;
  if (name === 'packets') return packetsPerSecond;
  const of = (column: CounterName): number => counts[counter[column]]!;
  const packets = name === 'tcp' ? of('tcpPackets') - of('tcpSyn') : of(counted[name]);
  return (packetsPerSecond * packets) / Math.max(1, of('packets'));
}
