/** Where the packets to a target come from: the busiest addresses, told together where they are neighbours. */
import { parseCidr } from '@tidegate/schemas';
import type { Analysis } from '@tidegate/schemas';
import { sourceOf } from '../packet/index.ts';
import { counter } from '../types.ts';
import type { Candidate } from './candidates.ts';
import { weightOf } from './looked.ts';
import type { Looked, Test } from './looked.ts';
import { isMappedWords, wordsText } from './tally/index.ts';
import type { Tally } from './tally/index.ts';
import { rounded } from './members.ts';

export type Source = Analysis['topSources'][number];

const sourcesMax = 20;
/** Once the table of pairs is full what is less may be chance: a flood from a million sources fills it with some. */
const shareMin = 0.001;

interface Group {
  readonly prefix: string;
  readonly addresses: Map<string, number>;
  packets: number;
}

/** Packets of each source of the target, by address, as far as the table of pairs holds them. */
export function packetsBySource(tally: Tally, candidate: Candidate): Map<string, number> {
  const found = new Map<string, number>();
  tally.pairs.each((keys, at, packets) => {
    if (!isInTarget(candidate, keys, at + 4)) return;
    const source = wordsText(keys, at);
    found.set(source, (found.get(source) ?? 0) + packets);
  });
  return found;
}

/** Whether the four words at `at` are the target, or lie in it. */
export function isInTarget({ tally: { key }, isPrefix }: Candidate, keys: Int32Array, at: number): boolean {
  return isPrefix ? isInside(keys, at, key, isMappedWords(key)) : isEqual(keys, at, key);
}

/**
 * @param isAttack Whether a packet belongs to a vector that was named.
 * @param isFull Whether the table of pairs could not hold all of them.
 */
export function topSources(
  bySource: ReadonlyMap<string, number>,
  candidate: Candidate,
  isAttack: Test,
  isFull: boolean,
): Source[] {
  const total = Math.max(1, candidate.tally.counts[counter.packets]!);
  const groups = new Map<string, Group>();
  for (const [address, packets] of bySource) {
    const prefix = prefixOf(address);
    const group = groups.get(prefix) ?? { prefix, addresses: new Map<string, number>(), packets: 0 };
    groups.set(prefix, group);
    group.addresses.set(address, packets);
    group.packets += packets;
  }
  const samples = samplesByPrefix(candidate.looked);
  const sources = [...groups.values()]
    .filter(({ packets }) => !isFull || packets >= total * shareMin)
    .map(({ prefix, addresses, packets }): Source => {
      const [only] = addresses.size === 1 ? addresses.keys() : [];
      const looked = samples.get(prefix) ?? [];
      const all = weightOf(looked);
      return {
        source: only === undefined ? prefix : `${only}/${only.includes(':') ? 128 : 32}`,
        addresses: addresses.size,
        packets: Math.round(packets),
        share: rounded(packets / total),
        attack: all === 0 ? null : rounded(weightOf(looked.filter(isAttack)) / all),
      };
    });
  return sources.sort((a, b) => rankOf(b) - rankOf(a) || (a.source < b.source ? -1 : 1)).slice(0, sourcesMax);
}

/** Those that send the attack come first; where nothing is named they all come by their packets. */
const rankOf = ({ packets, attack }: Source): number => packets * (0.01 + (attack ?? 0.5));

/** The addresses that packets of a vector come from, the busiest first. */
export function sourcesOf(members: readonly Looked[], bySource: ReadonlyMap<string, number>): string[] {
  const addresses = [...new Set(members.map(({ packet }) => sourceOf(packet)))];
  const packetsOf = (address: string): number => bySource.get(address) ?? 0;
  return addresses.sort((a, b) => packetsOf(b) - packetsOf(a) || (a < b ? -1 : 1));
}

function samplesByPrefix(looked: readonly Looked[]): Map<string, Looked[]> {
  const groups = new Map<string, Looked[]>();
  for (const one of looked) {
    const prefix = prefixOf(sourceOf(one.packet));
    const group = groups.get(prefix);
    if (group === undefined) groups.set(prefix, [one]);
    else group.push(one);
  }
  return groups;
}

/** Its /24, or /48. */
function prefixOf(address: string): string {
  if (!address.includes(':')) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`;
  const bytes = parseCidr(`${address}/128`).bytes.slice();
  bytes.fill(0, 6);
  const groups = [0, 2, 4].map((at) => ((bytes[at]! << 8) | bytes[at + 1]!).toString(16));
  return parseCidr(`${groups.join(':')}::/48`).text;
}

const isEqual = (keys: Int32Array, at: number, key: Int32Array): boolean =>
  keys[at] === key[0] && keys[at + 1] === key[1] && keys[at + 2] === key[2] && keys[at + 3] === key[3];

const isInside = (keys: Int32Array, at: number, key: Int32Array, isIpv4: boolean): boolean =>
  isIpv4
    ? isMappedWords(keys, at) && (keys[at + 3]! & ~0xff) === key[3]
    : keys[at] === key[0] && (keys[at + 1]! & ~0xffff) === key[1];
