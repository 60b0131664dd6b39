/** What the classifier of the engine says of a target in a capture. */
import { classify } from '../classifier/index.ts';
import { countPacket } from '../packet/index.ts';
import { counter, counterNames } from '../types.ts';
import type { Attack, Deviation, Sample, TargetWindow } from '../types.ts';
import { sumOf } from './candidates.ts';
import type { Candidate } from './candidates.ts';
import { conversationsOf, doubtOf } from './conversation.ts';
import type { Conversations } from './conversation.ts';
import { weightOf } from './looked.ts';
import { wholePeriod } from './onset.ts';
import type { Stretch } from './onset.ts';
import type { Looked } from './looked.ts';
import type { Tally } from './tally/index.ts';

/** A vector with less of what came is not named. */
const vectorShareMin = 0.15;
/** The classifier is made for a window's worth of samples. */
const samplesMax = 512;
/** More than the classifier asks for, which looks again in the next window: a report is read once. */
const confidenceMin = 0.7;

const noConversations: Conversations = { received: new Map(), sent: new Map() };

export interface Rates {
  readonly packetsPerSecond: number;
  readonly bitsPerSecond: number;
}

export interface Verdict {
  readonly candidate: Candidate;
  /** The surest first; empty where nothing was named. */
  readonly attacks: readonly Attack[];
  readonly during: Rates;
  /** Null where the capture has no other traffic. */
  readonly usual: Rates | null;
  /** Empty where nothing was named. */
  readonly conversations: Conversations;
}

/**
 * Looks at what came during the attack beside what came before. Where that names nothing, what seemed an attack may be a
 * burst in the middle of one, so the whole capture is looked at as well.
 */
export function judge(candidate: Candidate, tally: Tally): Verdict {
  const verdict = verdictOf(candidate, tally);
  if (verdict.attacks.length > 0 || candidate.period.quiet === null) return verdict;
  const blind = verdictOf(wholeOf(candidate, tally.bins.last + 1), tally);
  return blind.attacks.length > 0 ? blind : verdict;
}

function verdictOf(candidate: Candidate, tally: Tally): Verdict {
  const binNs = tally.bins.widthNs;
  const { during, quiet } = candidate.period;
  const rates = ratesOf(candidate, during, binNs);
  const usual = quiet === null ? null : ratesOf(candidate, quiet, binNs);
  const window = windowOf(candidate, binNs, rates, usual);
  const named = classify(window, deviationOf(candidate, window, binNs, usual));
  const conversations = named.length === 0 ? noConversations : conversationsOf(tally, candidate);
  const attacks = named
    .map((attack) => doubted(attack, candidate, conversations))
    .filter(({ confidence }) => confidence >= confidenceMin);
  return { candidate, attacks, during: rates, usual, conversations };
}

const wholeOf = (candidate: Candidate, bins: number): Candidate => ({
  ...candidate,
  period: wholePeriod(bins),
  during: candidate.looked,
  quiet: [],
});

function ratesOf({ tally }: Candidate, stretch: Stretch, binNs: number): Rates {
  const seconds = ((stretch.to - stretch.from) * binNs) / 1e9;
  return {
    packetsPerSecond: sumOf(tally.packetBins, stretch) / seconds,
    bitsPerSecond: (sumOf(tally.byteBins, stretch) * 8) / seconds,
  };
}

function doubted(attack: Attack, candidate: Candidate, conversations: Conversations): Attack {
  const doubt = doubtOf(attack, candidate, conversations);
  if (doubt === null) return attack;
  const { factor, reason } = doubt;
  return { ...attack, confidence: attack.confidence * factor, reasons: [...attack.reasons, reason] };
}

function windowOf(candidate: Candidate, binNs: number, during: Rates, usual: Rates | null): TargetWindow {
  const { target, period } = candidate;
  return {
    target,
    atNs: period.during.to * binNs,
    intervalMs: ((period.during.to - period.during.from) * binNs) / 1e6,
    counts: countsOf(candidate),
    ...during,
    quietPacketsPerSecond: usual?.packetsPerSecond ?? null,
    recentSamples: thinned(candidate.during),
    quietSamples: thinned(candidate.quiet),
  };
}

/**
 * As many as the classifier is made for, in the order of time, each taken as often as its weight says (systematic
 * resampling): samples of equal weight tell the most.
 */
function thinned(looked: readonly Looked[]): TargetWindow['recentSamples'] {
  if (looked.length <= samplesMax) return looked.map(({ sample }) => sample);
  const step = weightOf(looked) / samplesMax;
  const chosen: Sample[] = [];
  let passed = 0;
  let taken = 0;
  for (const { sample, weight } of looked) {
    passed += weight;
    const times = Math.floor(passed / step + 0.5) - taken;
    taken += times;
    if (times > 0) chosen.push({ ...sample, rate: times * step });
  }
  return chosen;
}

/** What came during the attack by its samples; what went out as a part of what went out in the whole capture. */
function countsOf({ during, tally }: Candidate): Float64Array {
  const counts = new Float64Array(counterNames.length);
  const one = new Float64Array(counterNames.length);
  for (const { packet, sample, weight } of during) {
    one.fill(0);
    countPacket(one, packet, sample.length);
    for (let index = 0; index < counts.length; index++) counts[index] = counts[index]! + weight * one[index]!;
  }
  const part = counts[counter.packets]! / Math.max(1, tally.counts[counter.packets]!);
  for (const name of ['outPackets', 'outBytes', 'outTcpSynAck', 'outTcpRst', 'outIcmpUnreachable'] as const) {
    counts[counter[name]] = tally.counts[counter[name]]! * part;
  }
  return counts;
}

/**
 * Nobody set a limit for a capture, so whoever was hit hardest is taken as over it: what is named, and whether anything
 * is, is for the classifier to say.
 */
function deviationOf(
  candidate: Candidate,
  window: TargetWindow,
  binNs: number,
  usual: Rates | null,
): Deviation {
  const { target, period } = candidate;
  const { metric } = period;
  const [value, before] =
    metric === 'packets'
      ? [window.packetsPerSecond, usual?.packetsPerSecond ?? null]
      : [window.bitsPerSecond, usual?.bitsPerSecond ?? null];
  const limit = value * vectorShareMin;
  const { packetsPerSecond, bitsPerSecond, intervalMs, recentSamples } = window;
  return {
    target,
    tier: 'A',
    confidence: 0.5,
    volume: { metric, scaleMs: intervalMs, value, limit, usual: before },
    signals: [],
    evidence: {
      metric,
      value,
      threshold: limit,
      packetsPerSecond,
      bitsPerSecond,
      samples: recentSamples.length,
      windowMs: intervalMs,
      firstPacketAt: null,
    },
    threshold: 'analyze',
    sinceNs: period.during.from * binNs,
  };
}
