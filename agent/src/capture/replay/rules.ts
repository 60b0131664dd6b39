/**
 * Rules on replayed traffic, in virtual time. A recording says how many packets came, but only samples say which: the
 * share of a target's samples that a rule hits decides how many of its packets count as hit. All that is reported is
 * such an estimate; without samples in a window nothing counts as hit. A SYN proxy hits and answers connection requests
 * alone; a limit drops what exceeds its rate in each window.
 */
import { TidegateError } from '@tidegate/schemas';
import { compileMatch, connectionRequest, parsePacket } from '../../engine/packet/index.ts';
import type { Matcher, Packet } from '../../engine/packet/index.ts';
import { counter } from '../../engine/types.ts';
import type { Reading, Sample, TargetReading } from '../../engine/types.ts';
import { planRule } from '../../actions/plan.ts';
import type { InstalledRule, RuleBackend, RuleLimit, RuleRequest } from '../../actions/backend.ts';

interface VirtualRule {
  readonly verdict: RuleRequest['verdict'];
  readonly limit: RuleLimit | null;
  readonly hits: Matcher;
  packets: bigint;
  bytes: bigint;
  expiresAtNs: number;
}

interface Seen {
  readonly packet: Packet;
  readonly sample: Sample;
}

/** What a kernel would hold: it outlives the backends that look at it. */
export class VirtualRules {
  readonly #nowNs: () => number;
  readonly #rules = new Map<string, VirtualRule>();

  constructor(nowNs: () => number) {
    this.#nowNs = nowNs;
  }

  /** Counts hits, and fills in what was dropped of each target. */
  strike(reading: Reading): void {
    const active = [...this.#rules.values()].filter(
      ({ expiresAtNs }) => expiresAtNs > reading.atNs - reading.intervalNs,
    );
    if (active.length === 0) return;
    for (const target of reading.targets) {
      const seen = reading.samples.flatMap((sample): Seen[] => {
        const packet = sample.target === target.target ? parsePacket(sample.data) : null;
        return packet === null ? [] : [{ packet, sample }];
      });
      strikeTarget(target, seen, active, reading.intervalNs / 1e9);
    }
  }

  set(request: RuleRequest): void {
    const refusal = planRule(request);
    if (refusal !== null) throw new TidegateError('TG2002', refusal.reason);
    const { id, match, ttlMs, verdict, limit = null } = request;
    const known = this.#live(id);
    const [packets, bytes] = [known?.packets ?? 0n, known?.bytes ?? 0n];
    this.#rules.set(id, {
      verdict,
      limit,
      hits: compileMatch(verdict === 'synproxy' ? { ...match, tcpFlags: connectionRequest } : match),
      packets,
      bytes,
      expiresAtNs: this.#nowNs() + ttlMs * 1e6,
    });
  }

  get(id: string): InstalledRule | null {
    const rule = this.#live(id);
    if (rule === undefined) return null;
    const { packets, bytes, verdict, expiresAtNs } = rule;
    const answered = verdict === 'synproxy' ? { answered: packets } : {};
    return { id, packets, bytes, verdict, expiresInMs: (expiresAtNs - this.#nowNs()) / 1e6, ...answered };
  }

  delete(id: string): InstalledRule | null {
    const rule = this.get(id);
    this.#rules.delete(id);
    return rule;
  }

  list(): InstalledRule[] {
    return [...this.#rules.keys()].flatMap((id) => this.get(id) ?? []);
  }

  #live(id: string): VirtualRule | undefined {
    const rule = this.#rules.get(id);
    if (rule === undefined || rule.expiresAtNs > this.#nowNs()) return rule;
    this.#rules.delete(id);
    return undefined;
  }
}

function strikeTarget(
  { counts }: TargetReading,
  seen: readonly Seen[],
  rules: readonly VirtualRule[],
  seconds: number,
): void {
  const all = { packets: counts[counter.packets]!, bytes: counts[counter.bytes]! };
  const dropping = rules.filter(({ verdict }) => verdict === 'drop' || verdict === 'synproxy');
  const isDropped: Matcher = (packet, length) => dropping.some(({ hits }) => hits(packet, length));
  const dropped = partOf(all, seen, isDropped);
  for (const rule of rules) {
    const hit = partOf(all, seen, rule.hits);
    rule.packets += BigInt(Math.round(hit.packets));
    rule.bytes += BigInt(Math.round(hit.bytes));
    if (rule.limit === null) continue;
    const left = partOf(
      all,
      seen,
      (packet, length) => rule.hits(packet, length) && !isDropped(packet, length),
    );
    const share = Math.max(0, 1 - (rule.limit.perSecond * seconds) / Math.max(1, left[rule.limit.unit]));
    dropped.packets += left.packets * share;
    dropped.bytes += left.bytes * share;
  }
  counts[counter.droppedPackets] = Math.min(all.packets, Math.round(dropped.packets));
  counts[counter.droppedBytes] = Math.min(all.bytes, Math.round(dropped.bytes));
}

interface Volume {
  packets: number;
  bytes: number;
}

/** The part of a target's traffic that a condition holds for. */
function partOf(all: Volume, seen: readonly Seen[], condition: Matcher): Volume {
  const share = shareOf(seen, condition);
  return { packets: all.packets * share.packets, bytes: all.bytes * share.bytes };
}

/** Share of the packets and of the bytes that the samples stand for. */
function shareOf(seen: readonly Seen[], hits: Matcher): Volume {
  let [packets, bytes, hitPackets, hitBytes] = [0, 0, 0, 0];
  for (const { packet, sample } of seen) {
    const { rate, length } = sample;
    packets += rate;
    bytes += rate * length;
    if (!hits(packet, length)) continue;
    hitPackets += rate;
    hitBytes += rate * length;
  }
  return packets === 0
    ? { packets: 0, bytes: 0 }
    : { packets: hitPackets / packets, bytes: hitBytes / bytes };
}

/** A backend on virtual rules; as many as one likes may look at the same ones. */
export function replayBackend(rules: VirtualRules): RuleBackend {
  return {
    name: 'replay',
    plan: planRule,
    apply: async (request) => rules.set(request),
    readBack: async (id) => rules.get(id),
    list: async () => rules.list(),
    remove: async (id) => rules.delete(id),
    removeAll: async () => rules.list().filter(({ id }) => rules.delete(id)).length,
    close: () => undefined,
  };
}
