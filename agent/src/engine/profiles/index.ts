/**
 * Users' own signatures, AttackProfiles of the policy, held against sampled packets.
 *
 * Promises: a packet costs a few comparisons and one look-up for each byte of its payload, whatever the pattern is;
 * memory is bounded, 64 profiles with tables of 64 KiB at the most; the rule of a profile hits every packet that the
 * profile hits, and says what it cannot tell apart.
 *
 * ```ts
 * const judges = compileProfiles(bundle.profiles);
 * const hit = judges.filter((judge) => judge.hits(packet, length));
 * ```
 */
import type { CompiledProfile } from '@tidegate/schemas';
import type { CounterName } from '../types.ts';
import { compileConditions, patternOf } from './conditions.ts';
import type { Hits } from './conditions.ts';
import { counterOf } from './counter.ts';
import { ruleOf } from './rule.ts';
import type { ProfileRule } from './rule.ts';

export type { ProfileRule } from './rule.ts';

export interface ProfileJudge {
  /** The name of the profile. */
  readonly name: string;
  /** What an attack of the profile is called. */
  readonly family: string;
  /** What the signature stands for, one line. */
  readonly description: string;
  /** Least part of the excess that must be hit before an attack is named, 0 to 1. */
  readonly shareMin: number;
  /** How sure the name is where all of the excess is hit, 0 to 1. */
  readonly confidence: number;
  /** The counter that the profile's packets show up in. */
  readonly counter: CounterName;
  /** Whether a packet is of the profile. @param length Of the IP packet where it is known better than by its header, bytes. */
  readonly hits: Hits;
  /** The nearest rule of the kernel. @param destination A prefix in CIDR notation. */
  rule(destination: string): ProfileRule;
}

/** In the order given. Throws TG1017 where a pattern cannot be read. */
export const compileProfiles = (profiles: readonly CompiledProfile[] = []): ProfileJudge[] =>
  profiles.map(judgeOf);

function judgeOf(profile: CompiledProfile): ProfileJudge {
  const { name, family, description, shareMin, confidence } = profile;
  const pattern = patternOf(profile);
  return {
    ...{ name, family, description, shareMin, confidence },
    counter: counterOf(profile),
    hits: compileConditions(profile, pattern),
    rule: (destination) => ruleOf(profile, pattern, destination),
  };
}
