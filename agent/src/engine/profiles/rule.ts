/** The rule of the kernel that comes nearest to a profile, and what of the profile it cannot say. */
import type { CompiledProfile, FieldCondition, PayloadPattern, TrafficMatch } from '@tidegate/schemas';

export interface ProfileRule {
  /** Hits every packet of the profile to the destination; null where it would hit every packet there. */
  readonly match: TrafficMatch | null;
  /** Whether it hits no other packet. */
  readonly isExact: boolean;
  /** Conditions of the profile that the rule does without, as texts for people. */
  readonly lost: readonly string[];
}

export function ruleOf(
  profile: CompiledProfile,
  pattern: PayloadPattern | null,
  destination: string,
): ProfileRule {
  const { match, fields = [], regex } = profile;
  const payload = match.payload ?? payloadOf(pattern);
  const lost = [
    ...fields.map(sayField),
    ...(regex === undefined ? [] : lostOfPattern(regex, pattern, match.payload !== undefined)),
  ];
  const conditions = { ...match, ...(payload === undefined ? {} : { payload }) };
  const isEmpty = Object.keys(conditions).length === 0;
  return { match: isEmpty ? null : { destination, ...conditions }, isExact: lost.length === 0, lost };
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function payloadOf(pattern: PayloadPattern | null): TrafficMatch['payload'] {
  const cover = pattern?.cover ?? null;
  if (cover === null) return undefined;
  const { offset, bytes, mask } = cover;
  const isAll = mask.every((bits) => bits === 0xff);
  return { offset, bytes: hex(bytes), ...(isAll ? {} : { mask: hex(mask) }) };
}

function lostOfPattern(regex: string, pattern: PayloadPattern | null, hasBytes: boolean): string[] {
  const cover = pattern?.cover ?? null;
  if (hasBytes || cover === null) return [`payload ${regex}`];
  if (cover.isExact) return [];
  const last = cover.offset + cover.bytes.length - 1;
  return [`payload ${regex} but for what its bytes ${cover.offset} to ${last} have in common`];
}

function sayField({ field, ranges, xorOf }: FieldCondition): string {
  if (ranges === undefined) return `${field} = ${(xorOf ?? []).join(' xor ')}`;
  const values = ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  return `${field} ${values.length === 1 && !values[0]!.includes('-') ? '=' : 'in'} ${values.join(', ')}`;
}
