/** What becomes of one packet, by the rules, lists and ceilings in force. */
import type { Bundle, CeilingClass } from '@tidegate/schemas';
import { compileMatch, ipProtocol, tcpFlag } from '../packet/index.ts';
import type { Matcher, Packet } from '../packet/index.ts';
import type { Excess } from './ceilings.ts';
import type { VirtualRule } from './rules.ts';

/** Each from 0 to 1: how much of what this packet stands for. */
export interface Fate {
  /** Is handed to the stack. */
  reaches: number;
  /** Is dropped; in observe mode, would be. */
  lost: number;
  /** Is a connection request that is answered with a SYN cookie; in observe mode, would be. */
  answered: number;
}

type ListPolicy = Pick<Bundle, 'mode' | 'safelist' | 'blocklist' | 'neverBlock'>;

/** What of a policy is decided packet by packet, rules and ceilings left aside. */
export class Lists {
  readonly #isEnforced: boolean;
  readonly #exempt: readonly Matcher[];
  readonly #blocked: readonly Matcher[];

  /** The rate within which a flow of the never-block set is kept is not looked at: all of it is. */
  constructor({ mode, safelist, blocklist = [], neverBlock = [] }: ListPolicy) {
    this.#isEnforced = mode === 'enforce';
    this.#blocked = blocklist.map(fromSource);
    const flows = neverBlock.map(({ source, destination, protocol, sourcePorts, destinationPorts }) =>
      compileMatch({
        destination: destination ?? everywhere(source),
        source,
        protocol,
        ...(sourcePorts === undefined ? {} : { sourcePorts: [sourcePorts] }),
        ...(destinationPorts === undefined ? {} : { destinationPorts: [destinationPorts] }),
      }),
    );
    this.#exempt = [...safelist.map(fromSource), ...flows];
  }

  get isIdle(): boolean {
    return this.#blocked.length === 0;
  }

  isExempt(packet: Packet): boolean {
    return this.#exempt.some((hits) => hits(packet));
  }

  /** Null for a packet whose source is not on the blocklist. */
  blockedFate(packet: Packet): Fate | null {
    if (!this.#blocked.some((hits) => hits(packet))) return null;
    return { reaches: this.#isEnforced ? 0 : 1, lost: 1, answered: 0 };
  }
}

const everywhere = (source: string): string => (source.includes(':') ? '::/0' : '0.0.0.0/0');

const fromSource = (source: string): Matcher => compileMatch({ destination: everywhere(source), source });

/** Shares of what a limit hits that are above it, by the id of its rule. */
export type LimitShares = ReadonlyMap<string, number>;

export interface Circumstances {
  readonly lists: Lists;
  readonly rules: readonly VirtualRule[];
  readonly limits: LimitShares;
  readonly above: readonly Excess[];
  readonly areCeilingsEnforced: boolean;
}

/** @param length Length of the IP packet, bytes. */
export function fateOf(packet: Packet, length: number, circumstances: Circumstances): Fate {
  const { lists, rules, limits, above, areCeilingsEnforced } = circumstances;
  if (lists.isExempt(packet)) return { reaches: 1, lost: 0, answered: 0 };
  const fate = lists.blockedFate(packet) ?? { reaches: 1, lost: 0, answered: 0 };
  for (const rule of rules) if (rule.hits(packet, length)) suffer(fate, rule, limits.get(rule.id) ?? 0);
  for (const { class: name, share } of above) {
    if (!isOfClass(packet, name)) continue;
    fate.lost += (1 - fate.lost - fate.answered) * share;
    if (areCeilingsEnforced) fate.reaches *= 1 - share;
  }
  return fate;
}

function suffer(fate: Fate, { verdict, meaning }: VirtualRule, aboveLimit: number): void {
  const left = 1 - fate.lost - fate.answered;
  if (meaning.verdict === 'synproxy') fate.answered += left;
  else fate.lost += left * (meaning.verdict === 'limit' ? aboveLimit : 1);
  if (verdict !== 'count') fate.reaches *= verdict === 'limit' ? 1 - aboveLimit : 0;
}

/** A packet is in exactly one class beside packets and bits. */
export function isOfClass(packet: Packet, name: CeilingClass): boolean {
  return name === 'packets' || name === 'bits' || name === classOf(packet);
}

function classOf({ version, protocol, tcpFlags, fragment }: Packet): CeilingClass {
  if (fragment !== 'none') return 'fragments';
  if (protocol === ipProtocol.tcp) {
    const { fin, syn, rst, ack } = tcpFlag;
    return ((tcpFlags ?? 0) & (fin | syn | rst | ack)) === syn ? 'syn' : 'tcp';
  }
  if (protocol === ipProtocol.udp) return 'udp';
  return protocol === (version === 4 ? ipProtocol.icmp : ipProtocol.icmpv6) ? 'icmp' : 'other';
}
