/** Which targets are worth a closer look: the busiest addresses, and prefixes whose traffic many hosts share. */
import { counter } from '../types.ts';
import { destinationOf, sourceOf } from '../packet/index.ts';
import { samplesOf, weightOf, within } from './looked.ts';
import type { Looked } from './looked.ts';
import { periodOf } from './onset.ts';
import type { Period } from './onset.ts';
import { isMappedWords, wordsText } from './tally/index.ts';
import type { Tally, TargetTally } from './tally/index.ts';

/** By packets, and as many again by bytes. */
const addressesMax = 8;
const prefixesMax = 4;
/** Fewer hosts are looked at one by one. */
const hostsMin = 8;

export interface Candidate {
  /** An address, or a prefix. */
  readonly target: string;
  readonly isPrefix: boolean;
  readonly tally: TargetTally;
  readonly period: Period;
  /** Of the whole capture, in the order of time. */
  readonly looked: readonly Looked[];
  readonly during: readonly Looked[];
  /** Empty where the capture has no other traffic. */
  readonly quiet: readonly Looked[];
}

/** The busiest first. A host of a prefix that is attacked as a whole is left out. */
export function candidatesOf(tally: Tally): Candidate[] {
  const prefixes = heaviest(tally.prefixes.all, prefixesMax)
    .map((one) => candidateOf(tally, one, true))
    .filter(isShared);
  const covered = new Set(prefixes.map(({ tally: { key } }) => prefixKey(key)));
  const addresses = heaviest(tally.addresses.all, addressesMax)
    .filter(({ key }) => !covered.has(prefixKey(key)))
    .map((one) => candidateOf(tally, one, false));
  return [...prefixes, ...addresses].sort((a, b) => packetsDuring(b) - packetsDuring(a));
}

/** Restricts an analysis to the target that was asked for; null where it did not occur. */
export function candidateFor(tally: Tally, target: string): Candidate | null {
  const find = (all: readonly TargetTally[], isPrefix: boolean) => {
    const found = all.find((one) => textOf(one, isPrefix) === target);
    return found === undefined ? null : candidateOf(tally, found, isPrefix);
  };
  return find(tally.addresses.all, false) ?? find(tally.prefixes.all, true);
}

export const packetsDuring = ({ tally, period }: Candidate): number => sumOf(tally.packetBins, period.during);

export function sumOf(
  bins: Float64Array,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  let sum = 0;
  for (let index = from; index < to; index++) sum += bins[index]!;
  return sum;
}

function candidateOf(tally: Tally, one: TargetTally, isPrefix: boolean): Candidate {
  const { bins } = tally;
  const target = textOf(one, isPrefix);
  const period = periodOf(one.packetBins, one.byteBins, bins.last + 1);
  const looked = samplesOf(tally.samples, one, target);
  const { during, quiet } = period;
  const cut = ({ from, to }: { from: number; to: number }) =>
    within(looked, from * bins.widthNs, to * bins.widthNs);
  return {
    target,
    isPrefix,
    tally: one,
    period,
    looked,
    during: cut(during),
    quiet: quiet === null ? [] : cut(quiet),
  };
}

function textOf({ key }: TargetTally, isPrefix: boolean): string {
  const address = wordsText(key);
  return isPrefix ? `${address}/${isMappedWords(key) ? 24 : 48}` : address;
}

const prefixKey = (key: Int32Array): string =>
  isMappedWords(key) ? `4 ${key[3]! >>> 8}` : `6 ${key[0]!} ${key[1]! >>> 16}`;

function heaviest(all: readonly TargetTally[], most: number): TargetTally[] {
  const by = (name: 'packets' | 'bytes') =>
    [...all].sort((a, b) => b.counts[counter[name]]! - a.counts[counter[name]]!).slice(0, most);
  return [...new Set([...by('packets'), ...by('bytes')])];
}

/**
 * Whether no host stands out, and no sender: a server among its clients is seen to send to many hosts of a network, too.
 */
const isShared = ({ during }: Candidate): boolean =>
  equalParts(during, destinationOf) >= hostsMin && equalParts(during, sourceOf) >= hostsMin;

/** As if from so many equal parts (inverse Simpson index). */
function equalParts(looked: readonly Looked[], nameOf: (packet: Looked['packet']) => string): number {
  const weights = new Map<string, number>();
  for (const { packet, weight } of looked) {
    const name = nameOf(packet);
    weights.set(name, (weights.get(name) ?? 0) + weight);
  }
  const squares = [...weights.values()].reduce((sum, weight) => sum + weight * weight, 0);
  return squares === 0 ? 0 : weightOf(looked) ** 2 / squares;
}
