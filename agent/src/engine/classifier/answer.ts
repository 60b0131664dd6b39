/** What can be done about a named attack: the rules, or what else answers it, and why. */
import type { TrafficMatch } from '@tidegate/schemas';
import { isSparing } from './collateral/share.ts';
import type { Verdict } from './family.ts';
import { narrow } from './narrow.ts';
import type { Narrowed } from './narrow.ts';
import type { Members, Scene } from './scene.ts';
import { sourceList } from './source-list.ts';
import { hitByAny, partOf } from './traffic.ts';
import type { Condition } from './traffic.ts';

export type Answer = Pick<Verdict, 'answer' | 'match' | 'companions' | 'limit' | 'claims'> & {
  /** Why there is no rule; empty where there is one. */
  readonly why: readonly string[];
};

export interface AnswerOptions {
  readonly base: TrafficMatch;
  readonly spoofed: number;
  /** Rules that go with it, or that are limited as it is. @default none */
  readonly companions?: readonly TrafficMatch[];
  /** What may only be limited, beside a rule too. */
  readonly limit?: TrafficMatch | undefined;
  /** @default narrow */
  readonly narrowing?: (scene: Scene, members: Members) => Narrowed;
  /** Whose packets are accounted for where there is no rule. */
  readonly isMember: Condition;
}

const noRule =
  'nothing separates it from legitimate traffic well enough for a rule that drops; a rate limit can hold it';
const nothingToName = 'no condition of a rule describes it without hitting most of the rest';

/** The narrowest rule, if quiet traffic is spared; else the sources, if they are few and real; else a limit or nothing. */
export function answerOf(scene: Scene, members: Members, options: AnswerOptions): Answer {
  const { base, spoofed, companions = [], limit, isMember, narrowing } = options;
  const beside = limit === undefined ? {} : { limit };
  const chosen = narrowing?.(scene, members) ?? narrow(scene, { base, ...members });
  const matches = [chosen.match, ...companions];
  const hits = hitByAny(matches);
  if (hasCondition(chosen.match) && isSparing(scene.quiet.seen, hits))
    return { answer: 'rule', match: chosen.match, companions, ...beside, claims: hits, why: [] };
  const bySource = rulesBySource(scene, members, chosen, spoofed);
  if (bySource !== null) return { ...beside, ...bySource };
  if (!hasCondition(chosen.match))
    return { answer: 'none', match: null, companions: [], claims: isMember, why: [nothingToName] };
  const others = limit === undefined ? companions : [...companions, limit];
  const isOther = hitByAny(others);
  return {
    answer: 'limit',
    match: null,
    companions: others,
    limit: chosen.match,
    claims: (seen) => isMember(seen) || isOther(seen),
    why: [noRule],
  };
}

const hasCondition = (match: TrafficMatch): boolean => Object.keys(match).length > 1;

function rulesBySource(
  scene: Scene,
  { now }: Members,
  { match, hits }: Narrowed,
  spoofed: number,
): Answer | null {
  const sources = sourceList(partOf(now, hits), spoofed);
  if (sources === null) return null;
  const rules = sources.map((source) => ({ ...match, source }));
  const hit = hitByAny(rules);
  const [first, ...companions] = rules;
  if (first === undefined || !isSparing(scene.quiet.seen, hit)) return null;
  return { answer: 'rule', match: first, companions, claims: hit, why: [] };
}
