/**
 * What is measured of a target's traffic: volumes, that are compared with what is usual, and ratios, whose change tells
 * what kind of traffic it is. Baseline, detector and generator share these names.
 */
import type { CeilingClass } from '@tidegate/schemas';
import { counter } from './types.ts';
import type { CounterName } from './types.ts';

/** The classes of a ceiling: bits/s for `bits`, packets/s for the others. A packet counts in exactly one of the last six. */
export const volumeNames = [
  'packets',
  'bits',
  'syn',
  'tcp',
  'udp',
  'icmp',
  'fragments',
  'other',
] as const satisfies readonly CeilingClass[];
export type VolumeName = (typeof volumeNames)[number];

/** Each a part over a whole, both counters of the same window. */
export const ratioNames = [
  'synPerSynAck',
  'ackPerSyn',
  'synShare',
  'udpShare',
  'icmpShare',
  'fragmentShare',
  'otherShare',
  'amplifierShare',
  'rstShare',
  'finShare',
  'synAckShare',
  'invalidShare',
  'newSourceShare',
  'answeredShare',
  'meanLength',
] as const;
export type RatioName = (typeof ratioNames)[number];

export const ratioParts: Readonly<Record<RatioName, readonly [part: CounterName, whole: CounterName]>> = {
  synPerSynAck: ['tcpSyn', 'outTcpSynAck'],
  ackPerSyn: ['tcpAck', 'tcpSyn'],
  synShare: ['tcpSyn', 'packets'],
  udpShare: ['udpPackets', 'packets'],
  icmpShare: ['icmpPackets', 'packets'],
  fragmentShare: ['fragments', 'packets'],
  otherShare: ['otherPackets', 'packets'],
  amplifierShare: ['udpAmplifierPackets', 'packets'],
  rstShare: ['tcpRst', 'packets'],
  finShare: ['tcpFin', 'packets'],
  synAckShare: ['tcpSynAck', 'packets'],
  invalidShare: ['tcpInvalid', 'packets'],
  newSourceShare: ['sourcesNew', 'sourcesSampled'],
  answeredShare: ['outPackets', 'packets'],
  meanLength: ['bytes', 'packets'],
};

/** The volume of a class in counts that were taken over `intervalMs`, packets/s or bits/s. */
export function volumeOf(name: VolumeName, counts: Float64Array, intervalMs: number): number {
  const perSecond = 1000 / intervalMs;
  switch (name) {
    case 'packets':
      return counts[counter.packets]! * perSecond;
    case 'bits':
      return counts[counter.bytes]! * 8 * perSecond;
    case 'syn':
      return counts[counter.tcpSyn]! * perSecond;
    case 'tcp':
      return (counts[counter.tcpPackets]! - counts[counter.tcpSyn]!) * perSecond;
    case 'udp':
      return counts[counter.udpPackets]! * perSecond;
    case 'icmp':
      return counts[counter.icmpPackets]! * perSecond;
    case 'fragments':
      return counts[counter.fragments]! * perSecond;
    case 'other':
      return counts[counter.otherPackets]! * perSecond;
  }
}

/** A ratio in counts of one window; null where there is too little of the whole to tell. */
export function ratioOf(name: RatioName, counts: Float64Array, wholeMin = 1): number | null {
  const [part, whole] = ratioParts[name];
  const of = counts[counter[whole]]!;
  return of < wholeMin ? null : counts[counter[part]]! / of;
}
