/**
 * Counters of attacked prefixes, summed up from the readings of their addresses: whether a rule for a prefix takes
 * effect shows in nothing else. Only prefixes that somebody asks for are summed up, from the first question on.
 */
import { cidrContains, parseAddress, parseCidr } from '@tidegate/schemas';
import type { IpPrefix } from '@tidegate/schemas';
import { counterNames } from '../engine/types.ts';
import type { Reading } from '../engine/types.ts';

/** As many as there can be incidents. */
const prefixesMax = 64;
/** A prefix that nobody asked for so long is forgotten, ns. */
const forgottenAfterNs = 60e9;

interface Total {
  readonly prefix: IpPrefix;
  readonly counts: Float64Array;
  readonly members: Map<string, boolean>;
  askedAtNs: number;
}

export class PrefixTotals {
  readonly #totals = new Map<string, Total>();
  #atNs = 0;

  /** Takes what every target received since the reading before. */
  take({ atNs, targets }: Reading): void {
    this.#atNs = atNs;
    for (const [text, total] of this.#totals) {
      if (atNs - total.askedAtNs > forgottenAfterNs) {
        this.#totals.delete(text);
        continue;
      }
      for (const { target, counts } of targets) {
        if (!isMember(total, target)) continue;
        for (let column = 0; column < counts.length; column++)
          total.counts[column] = total.counts[column]! + counts[column]!;
      }
    }
  }

  /** Counters since the first question for this prefix; null where too many others are asked for. */
  peek(text: string): Float64Array | null {
    const known = this.#totals.get(text);
    if (known === undefined && this.#totals.size >= prefixesMax) return null;
    const total = known ?? this.#begin(text);
    total.askedAtNs = this.#atNs;
    return total.counts;
  }

  #begin(text: string): Total {
    const counts = new Float64Array(counterNames.length);
    const total = { prefix: parseCidr(text), counts, members: new Map(), askedAtNs: this.#atNs };
    this.#totals.set(text, total);
    return total;
  }
}

/** Addresses that are remembered as inside or outside of a prefix. */
const membersMax = 65_536;

function isMember({ prefix, members }: Total, target: string): boolean {
  const known = members.get(target);
  if (known !== undefined) return known;
  if (members.size >= membersMax) members.clear();
  const isInside = cidrContains(prefix, parseAddress(target));
  members.set(target, isInside);
  return isInside;
}
