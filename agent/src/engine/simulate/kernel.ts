/**
 * The kernel of a simulation: rules, lists and ceilings on replayed traffic. All that it reports is an estimate from
 * samples; of a window without samples no packet counts as hit.
 */
import { cidrContains, parseAddress } from '@tidegate/schemas';
import type { Bundle } from '@tidegate/schemas';
import type { Packet } from '../packet/index.ts';
import { ceilingCounter, counter } from '../types.ts';
import type { Reading, Sample } from '../types.ts';
import { Ceilings } from './ceilings.ts';
import { Lists } from './fate.ts';
import type { Circumstances, Fate } from './fate.ts';
import { VirtualRules } from './rules.ts';
import type { VirtualRule } from './rules.ts';
import { Scene } from './scene.ts';
import type { SeenPacket } from './scene.ts';

/** What became of a target's packets in one window in which something was done for it. */
export interface Passage {
  readonly target: string;
  readonly packets: number;
  /** Packets that were dropped; in observe mode, would have been. */
  readonly lost: number;
  /** Connection requests that were answered with a SYN cookie, or would have been. */
  readonly answered: number;
  readonly seen: readonly SeenPacket[];
  /** What would have become of any other packet to this target. */
  readonly fateOf: (packet: Packet, length: number) => Fate;
}

/** What the policy that was in force when the traffic was recorded made of it. */
const outcomes = [
  'droppedPackets',
  'droppedBytes',
  'wouldDropPackets',
  'blockedPackets',
  'ceilingPackets',
  'overBaselinePackets',
  ...Object.values(ceilingCounter),
] as const;
const outcomeIndexes = outcomes.map((name) => counter[name]);

const nothing: Passage[] = [];

/** The part of a bundle that is carried out packet by packet. */
export type KernelPolicy = Pick<
  Bundle,
  'mode' | 'protect' | 'thresholds' | 'safelist' | 'blocklist' | 'neverBlock'
>;

export class VirtualKernel {
  readonly rules = new VirtualRules();
  readonly #areCeilingsEnforced: boolean;
  readonly #lists: Lists;
  readonly #ceilings: Ceilings;

  constructor(policy: KernelPolicy) {
    this.#areCeilingsEnforced = policy.mode === 'enforce';
    this.#lists = new Lists(policy);
    this.#ceilings = new Ceilings(policy.thresholds, policy.protect);
  }

  /** Fills in what is dropped in a window, and counts what rules hit. */
  pass(reading: Reading): readonly Passage[] {
    for (const { counts } of reading.targets) for (const index of outcomeIndexes) counts[index] = 0;
    const rules = this.rules.active(reading.atNs - reading.intervalNs);
    if (rules.length === 0 && this.#ceilings.isIdle && this.#lists.isIdle) return nothing;
    const scenes = this.#scenes(reading, rules);
    if (rules.length > 0 || !this.#lists.isIdle) {
      for (const scene of scenes) scene.judge({});
      for (const rule of rules) countHits(rule, scenes);
      limit(scenes, rules, reading.intervalNs / 1e9);
    }
    return scenes.flatMap((scene) => this.#settle(scene, rules, reading));
  }

  #scenes({ targets, samples }: Reading, rules: readonly VirtualRule[]): Scene[] {
    let byTarget: Map<string, Sample[]> | null = null;
    const circumstances: Circumstances = {
      lists: this.#lists,
      rules,
      limits: new Map(),
      above: [],
      areCeilingsEnforced: this.#areCeilingsEnforced,
    };
    const samplesOf = (target: string): readonly Sample[] => {
      byTarget ??= grouped(samples);
      return byTarget.get(target) ?? [];
    };
    return targets.map((target) => new Scene(target, circumstances, () => samplesOf(target.target)));
  }

  /** Ceilings take their part of what the rules leave; then the window's counters are written. */
  #settle(scene: Scene, rules: readonly VirtualRule[], { atNs, intervalNs }: Reading): Passage[] {
    const { target, counts, all } = scene;
    const isCovered = rules.some((rule) => covers(rule, target));
    const isJudged = isCovered || !this.#lists.isIdle;
    const lost = isJudged ? scene.partOf(({ fate }) => fate.lost) : none;
    const dropped = isJudged ? scene.partOf(({ fate }) => 1 - fate.reaches) : none;
    const above = this.#ceilings.isIdle ? [] : this.#ceilings.hold(target, scene.offered, atNs, intervalNs);
    if (!isCovered && lost.packets === 0 && above.length === 0) return nothing;
    const answered = scene.partOf(({ fate }) => fate.answered);
    const held = above.reduce((sum, { packets }) => sum + packets, 0);
    if (above.length > 0) scene.judge({ above });
    for (const { class: name, packets } of above) counts[counter[ceilingCounter[name]]] = Math.round(packets);
    counts[counter.ceilingPackets] = Math.round(held);
    const heldBytes = (all.bytes * held) / Math.max(1, all.packets);
    const isHeld = this.#areCeilingsEnforced ? 1 : 0;
    counts[counter.droppedPackets] = Math.min(all.packets, Math.round(dropped.packets + held * isHeld));
    counts[counter.droppedBytes] = Math.min(all.bytes, Math.round(dropped.bytes + heldBytes * isHeld));
    const wouldDrop = lost.packets + answered.packets - dropped.packets + held * (1 - isHeld);
    counts[counter.wouldDropPackets] = Math.max(0, Math.round(wouldDrop));
    return [
      {
        target,
        packets: all.packets,
        lost: Math.min(all.packets, lost.packets + held),
        answered: answered.packets,
        seen: scene.seen,
        fateOf: scene.fateOf,
      },
    ];
  }
}

const none = { packets: 0, bytes: 0 };

function grouped(samples: readonly Sample[]): Map<string, Sample[]> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const group = groups.get(sample.target);
    if (group === undefined) groups.set(sample.target, [sample]);
    else group.push(sample);
  }
  return groups;
}

function countHits(rule: VirtualRule, scenes: readonly Scene[]): void {
  for (const scene of scenes) {
    const hit = scene.partOf(({ packet, sample }) => (rule.hits(packet, sample.length) ? 1 : 0));
    rule.packets += hit.packets;
    rule.bytes += hit.bytes;
  }
}

/** A limit lets pass what its rate allows in the window, of all targets together. */
function limit(scenes: readonly Scene[], rules: readonly VirtualRule[], seconds: number): void {
  const limits = new Map<string, number>();
  for (const rule of rules) {
    const allowed = rule.meaning.limit;
    if (rule.meaning.verdict !== 'limit' || allowed === undefined) continue;
    let arrived = 0;
    for (const scene of scenes) {
      const part = scene.partOf(({ packet, sample, fate }) =>
        rule.hits(packet, sample.length) ? 1 - fate.lost - fate.answered : 0,
      );
      arrived += part[allowed.unit];
    }
    limits.set(rule.id, Math.max(0, 1 - (allowed.perSecond * seconds) / Math.max(1, arrived)));
  }
  if (limits.size > 0) for (const scene of scenes) scene.judge({ limits });
}

function covers({ destination, covered }: VirtualRule, target: string): boolean {
  const known = covered.get(target);
  if (known !== undefined) return known;
  const answer = cidrContains(destination, parseAddress(target));
  if (covered.size >= coveredMax) covered.clear();
  covered.set(target, answer);
  return answer;
}

/** Answers that are remembered of each rule. */
const coveredMax = 4096;
