/**
 * Usual rates of every counter that a ratio is made of: the baseline's ratios at its usual volume. One memory for what is
 * usual of a target as well, because it is asked for ten times a second and changes with the hour.
 */
import { ratioFeature, volumeFeature } from '../features.ts';
import { ratioParts } from '../metrics.ts';
import type { RatioName } from '../metrics.ts';
import { counter, counterNames } from '../types.ts';
import type { Usual } from '../types.ts';
import type { UsualOf } from './picture.ts';

/** How long an answer is taken for true, ns. */
const answerNs = 10e9;
/** More than there are addresses and prefixes with a window. */
const targetsMax = 8192;

/** What is usual of one target. */
export interface UsualTraffic {
  readonly of: UsualOf;
  /** Rates a second by `counter`; null before its ratios were learned. */
  readonly rates: () => Float64Array | null;
}

interface Known extends UsualTraffic {
  readonly untilNs: number;
}

export class UsualMemory {
  readonly #ask: (target: string, feature: number, atNs: number) => Usual | null;
  readonly #targets = new Map<string, Known>();

  /** @param ask The baseline. */
  constructor(ask: (target: string, feature: number, atNs: number) => Usual | null) {
    this.#ask = ask;
  }

  of(target: string, atNs: number): UsualTraffic {
    const known = this.#targets.get(target);
    if (known !== undefined && atNs < known.untilNs) return known;
    const fresh = this.#read(target, atNs);
    // Set anew, so that the order of the map is that of the last time.
    this.#targets.delete(target);
    this.#targets.set(target, fresh);
    const [oldest] = this.#targets.keys();
    if (this.#targets.size > targetsMax && oldest !== undefined) this.#targets.delete(oldest);
    return fresh;
  }

  #read(target: string, atNs: number): Known {
    const answers = new Map<number, Usual | null>();
    const of: UsualOf = (feature) => {
      const known = answers.get(feature);
      if (known !== undefined) return known;
      const answer = this.#ask(target, feature, atNs);
      answers.set(feature, answer);
      return answer;
    };
    let rates: Float64Array | null | undefined;
    return {
      untilNs: atNs + answerNs,
      of,
      rates: () => (rates === undefined ? (rates = ratesOf(of)) : rates),
    };
  }
}

const ofPackets = [
  ...(['synShare', 'udpShare', 'icmpShare', 'fragmentShare', 'otherShare', 'amplifierShare'] as const),
  ...(['rstShare', 'finShare', 'synAckShare', 'invalidShare', 'answeredShare', 'meanLength'] as const),
];

function ratesOf(of: UsualOf): Float64Array | null {
  const packets = of(volumeFeature('packets', 1000)!)?.median;
  if (packets === undefined || of(ratioFeature('answeredShare')) === null) return null;
  const rates = new Float64Array(counterNames.length);
  const fill = (name: RatioName): void => {
    const [part, whole] = ratioParts[name];
    rates[counter[part]] = rates[counter[whole]]! * (of(ratioFeature(name))?.median ?? 0);
  };
  rates[counter.packets] = packets;
  rates[counter.sourcesSampled] = packets;
  for (const name of ofPackets) fill(name);
  fill('newSourceShare');
  fill('ackPerSyn');
  const synPerSynAck = of(ratioFeature('synPerSynAck'))?.median ?? 0;
  if (synPerSynAck > 0) rates[counter.outTcpSynAck] = rates[counter.tcpSyn]! / synPerSynAck;
  const beside = (['udpPackets', 'icmpPackets', 'otherPackets'] as const).map(
    (name) => rates[counter[name]]!,
  );
  rates[counter.tcpPackets] = Math.max(
    0,
    beside.reduce((left, one) => left - one, packets),
  );
  return rates;
}
