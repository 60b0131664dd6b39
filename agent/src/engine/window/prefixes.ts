/**
 * Prefixes: what the addresses of a protected prefix receive together, because carpet bombing stays below the limit of
 * every single one.
 *
 * Promises: every protected prefix has a window, and of those wider than a /24 (IPv4) or a /48 (IPv6) also each such
 * part that sees traffic, up to 256 of them; an address, or a part, that has trouble of its own counts in no wider
 * prefix, and a prefix that is nearly all one address has no window, so that one attack is one finding, of the narrowest
 * target that shows it.
 */
import { cidrContains, formatAddress, parseAddress, parseCidr } from '@tidegate/schemas';
import type { IpPrefix } from '@tidegate/schemas';
import { counter, counterNames } from '../types.ts';
import type { TargetWindow } from '../types.ts';
import { TargetState } from './target-state.ts';
import type { Timeline } from './timeline.ts';

const partsMax = 256;
/** Different lengths of protected prefixes that are told apart; the widest beyond that are left out. */
const ranksMax = 8;
/** What is announced as a route of its own at the smallest, and what a rule for a prefix may be as wide as. */
const partLength = { 4: 24, 6: 48 } as const;
const hostLength = { 4: 32, 6: 128 } as const;

/** An address, with the prefixes that it counts in. */
export class MemberState extends TargetState {
  /** One place for each length, the narrowest first. */
  groups: readonly (Group | null)[] = [];
}

/** A prefix, and what its addresses without trouble of their own receive. */
class Group {
  readonly state: TargetState;
  readonly counts = new Float64Array(counterNames.length);
  #tick = 0;
  #most = 0;
  /** Addresses that count in it. */
  members = 0;

  constructor(text: string, timeline: Timeline) {
    this.state = new TargetState(text, timeline);
  }

  /** Whether nearly all of it is one address: what is on there is that address's own. */
  get isOne(): boolean {
    return this.#most >= oneShareMin * this.counts[counter.packets]!;
  }

  /** Adds what an address received in this tick; true where it is the first one. */
  add(member: TargetState, tick: number): boolean {
    const isFirst = this.#tick !== tick;
    if (isFirst) this.counts.fill(0);
    if (isFirst) this.#most = 0;
    this.#tick = tick;
    this.#most = Math.max(this.#most, member.counts[counter.packets]!);
    for (let index = 0; index < this.counts.length; index++)
      this.counts[index] = this.counts[index]! + member.counts[index]!;
    for (const sample of member.arrivals()) this.state.addSample(sample);
    return isFirst;
  }
}

/** An address that has so much of a prefix's packets is looked at by itself. */
const oneShareMin = 0.7;

export class Prefixes {
  readonly #timeline: Timeline;
  #protect: readonly IpPrefix[] = [];
  /** Lengths of prefixes in bits of the 16 bytes, the longest first. */
  #ranks: readonly number[] = [];
  readonly #groups = new Map<string, Group>();
  /** Of one level of one tick. */
  readonly #touched: Group[] = [];

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Takes other prefixes; whoever counted in the ones before joins anew. */
  protect(cidrs: readonly string[]): void {
    this.#protect = cidrs
      .map((cidr) => parseCidr(cidr))
      .filter(({ family, length }) => length < hostLength[family]);
    const parts = this.#protect.filter(hasParts).map(({ family }) => bits(family, partLength[family]));
    const lengths = this.#protect.map(({ family, length }) => bits(family, length));
    this.#ranks = [...new Set([...parts, ...lengths])].sort((a, b) => b - a).slice(0, ranksMax);
    for (const group of this.#groups.values()) group.members = 0;
  }

  /** The prefixes that an address is to count in, one place for each length, the longest first. */
  join(text: string): readonly (Group | null)[] {
    if (this.#ranks.length === 0) return [];
    const address = parseAddress(text);
    const around = this.#protect.filter((prefix) => cidrContains(prefix, address));
    const { family } = address;
    const groups = this.#ranks.map((rank) => {
      const own = around.find(({ length }) => bits(family, length) === rank);
      if (own !== undefined) return this.#group(own.text);
      const isPart = around.some(hasParts) && rank === bits(family, partLength[family]);
      return isPart ? this.#part(address.bytes, family) : null;
    });
    for (const group of groups) if (group !== null) group.members += 1;
    return groups;
  }

  /** An address is forgotten. */
  leave(groups: readonly (Group | null)[]): void {
    for (const group of groups) if (group !== null) group.members -= 1;
  }

  /** Looks at a prefix also before any of its addresses was seen. */
  watch(cidr: string): void {
    this.#group(cidr);
  }

  state(target: string): TargetState | undefined {
    return this.#groups.get(target)?.state;
  }

  *states(): Generator<TargetState> {
    for (const { state } of this.#groups.values()) yield state;
  }

  /**
   * The windows of this tick, narrower ones first. Whether a narrower one is disturbed is asked after it was taken.
   * @param active Addresses that have a window in this tick.
   */
  *windows(active: readonly MemberState[], quietRoom: number): Generator<TargetWindow> {
    const { tick } = this.#timeline;
    for (let rank = 0; rank < this.#ranks.length; rank++) {
      this.#touched.length = 0;
      for (const member of active) {
        const group = member.groups[rank];
        if (group === undefined || group === null || member.isDisturbed || isWithinTrouble(member, rank))
          continue;
        if (group.add(member, tick)) this.#touched.push(group);
      }
      for (const group of this.#touched) {
        const { state, counts } = group;
        state.count(counts);
        state.endOfTick(quietRoom);
        if (!group.isOne || state.isDisturbed) yield state;
      }
    }
    for (const [text, { state, members }] of this.#groups) {
      if (state.isDisturbed && state.lastTick !== tick) {
        state.count(null);
        yield state;
      }
      if (members === 0 && !state.isDisturbed && !this.#isProtected(text)) this.#groups.delete(text);
    }
  }

  /** Null where there are too many. */
  #part(bytes: Uint8Array, family: 4 | 6): Group | null {
    const kept = bits(family, partLength[family]);
    const network = bytes.map((byte, index) => (index * 8 < kept ? byte : 0));
    const text = `${formatAddress(network)}/${partLength[family]}`;
    const isFull = this.#groups.size - this.#protect.length >= partsMax;
    return isFull && !this.#groups.has(text) ? null : this.#group(text);
  }

  #isProtected(text: string): boolean {
    return this.#protect.some((prefix) => prefix.text === text);
  }

  #group(text: string): Group {
    const known = this.#groups.get(text);
    if (known !== undefined) return known;
    const group = new Group(text, this.#timeline);
    this.#groups.set(text, group);
    return group;
  }
}

/** A length in the bits of the 16 bytes. */
const bits = (family: 4 | 6, length: number): number => (family === 4 ? 96 : 0) + length;

const hasParts = ({ family, length }: IpPrefix): boolean => length < partLength[family];

function isWithinTrouble({ groups }: MemberState, rank: number): boolean {
  for (let narrower = 0; narrower < rank; narrower++)
    if (groups[narrower]?.state.isDisturbed === true) return true;
  return false;
}
