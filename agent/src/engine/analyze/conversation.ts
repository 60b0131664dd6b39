/**
 * What only a capture shows that holds both directions: whether the target asked for what it got, and whether it answers
 * what it is asked. Attacks are no conversations.
 */
import { sourceOf } from '../packet/index.ts';
import type { Attack } from '../types.ts';
import type { Candidate } from './candidates.ts';
import { isReflection } from './families.ts';
import type { Looked } from './looked.ts';
import { isInTarget, packetsBySource } from './sources.ts';
import { wordsText } from './tally/index.ts';
import type { Tally } from './tally/index.ts';
import { belongs } from './members.ts';

/** An answer may come in several packets, and a question may be lost. */
const askedMin = 0.3;
/** Of what a service is sent it leaves little without an answer. */
const answeredMin = 0.7;
/** An answer to everything is what a service gives; it may also be what a flood forces out of it. */
const answeredFactor = 0.75;

/** Floods of questions to services that a service may well answer; other families get answers by their nature. */
const questions: ReadonlySet<string> = new Set(['udp_flood', 'dns_query_flood', 'game_query_flood']);

export interface Doubt {
  /** What the confidence is multiplied with. */
  readonly factor: number;
  readonly reason: string;
}

/** Packets between a target and each other address, as far as the table of pairs holds them. */
export interface Conversations {
  readonly received: ReadonlyMap<string, number>;
  readonly sent: ReadonlyMap<string, number>;
}

export const conversationsOf = (tally: Tally, candidate: Candidate): Conversations => ({
  received: packetsBySource(tally, candidate),
  sent: packetsByAnswered(tally, candidate),
});

/** Null where the capture shows nothing that speaks against the attack. */
export function doubtOf(attack: Attack, candidate: Candidate, conversations: Conversations): Doubt | null {
  const isReflected = isReflection(attack.family);
  if (!isReflected && !questions.has(attack.family)) return null;
  const members = candidate.during.filter(belongs(attack));
  const share = sentPerReceived(members, conversations);
  if (isReflected && share >= askedMin) {
    return { factor: 0, reason: `the target asked: it sent ${share.toFixed(1)} packets for each of these` };
  }
  if (!isReflected && candidate.quiet.length === 0 && share >= answeredMin) {
    const reason = `the target answers: it sent ${share.toFixed(1)} packets for each of these, as a service does`;
    return { factor: answeredFactor, reason };
  }
  return null;
}

function sentPerReceived(members: readonly Looked[], { received, sent }: Conversations): number {
  let [to, from] = [0, 0];
  for (const source of new Set(members.map(({ packet }) => sourceOf(packet)))) {
    from += received.get(source) ?? 0;
    to += sent.get(source) ?? 0;
  }
  return from === 0 ? 0 : to / from;
}

function packetsByAnswered(tally: Tally, candidate: Candidate): Map<string, number> {
  const found = new Map<string, number>();
  tally.pairs.each((keys, at, packets) => {
    if (!isInTarget(candidate, keys, at)) return;
    const destination = wordsText(keys, at + 4);
    found.set(destination, (found.get(destination) ?? 0) + packets);
  });
  return found;
}
