/** Which packets are of an attack, by its rules. */
import type { TrafficMatch } from '@tidegate/schemas';
import { countPacket } from '../packet/index.ts';
import { counter, counterNames } from '../types.ts';
import type { Attack } from '../types.ts';
import { anyOf } from './looked.ts';
import type { Test } from './looked.ts';

export const matchesOf = ({ match, companions = [] }: Attack): TrafficMatch[] =>
  match === null ? [] : [match, ...companions];

/** Packets of the vector: those that its rules hit, or those of its counter where it has none. */
export function belongs(attack: Attack): Test {
  const matches = matchesOf(attack);
  if (matches.length > 0) return anyOf(matches);
  const stand = attack.proxy ?? attack.limit;
  if (stand !== undefined) return anyOf([stand]);
  const counts = new Float64Array(counterNames.length);
  return ({ packet }) => {
    counts.fill(0);
    countPacket(counts, packet);
    return counts[counter[attack.counter]]! > 0;
  };
}

/** A share as it is printed: 0 to 1, three decimals. */
export const rounded = (share: number): number => Math.round(Math.min(1, Math.max(0, share)) * 1000) / 1000;
