/** What the classifier of the engine says of a target in a capture. */
import { classify } from '../classifier/index.ts';
import { countPacket } from '../packet/index.ts';
import { counter, counterNames } from '../types.ts';
import type { Attack, Deviation, TargetWindow } from '../types.ts';
import { bytesDuring, packetsDuring, sumOf } from './candidates.ts';
import type { Candidate } from './candidates.ts';
import { conversationsOf, doubtOf } from './conversation.ts';
import type { Conversations } from './conversation.ts';
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
  /** Samples from quiet times that the verdict rests on; none where it had to do without. */
  readonly quiet: readonly Looked[];
}

export function judge(candidate: Candidate, tally: Tally): Verdict {
  const { period } = candidate;
  const binNs = tally.bins.widthNs;
  const secondsOf = (bins: number): number => (bins * binNs) / 1e9;
  const during = ratesOf(
    packetsDuring(candidate),
    bytesDuring(candidate),
    secondsOf(period.during.to - period.during.from),
  );
  const { quiet } = period;
  const usual =
    quiet === null
      ? null
      : ratesOf(
          sumOf(candidate.tally.packetBins, quiet),
          sumOf(candidate.tally.byteBins, quiet),
          secondsOf(quiet.to - quiet.from),
        );
  const window = windowOf(candidate, binNs, during, usual);
  const named = classify(window, deviationOf(candidate, window, binNs, usual));
  const conversations = named.length === 0 ? noConversations : conversationsOf(tally, candidate);
  const attacks = named
    .map((attack) => doubted(attack, candidate, conversations))
    .filter(({ confidence }) => confidence >= confidenceMin);
  return { candidate, attacks, during, usual, conversations, quiet: candidate.quiet };
}

function doubted(attack: Attack, candidate: Candidate, conversations: Conversations): Attack {
  const doubt = doubtOf(attack, candidate, conversations);
  if (doubt === null) return attack;
  const { factor, reason } = doubt;
  return { ...attack, confidence: attack.confidence * factor, reasons: [...attack.reasons, reason] };
}

const ratesOf = (packets: number, bytes: number, seconds: number): Rates => ({
  packetsPerSecond: packets / seconds,
  bitsPerSecond: (bytes * 8) / seconds,
});

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

/** Evenly spread over time, each standing for as many more as were left out. */
function thinned(looked: readonly Looked[]): TargetWindow['recentSamples'] {
  const step = Math.max(1, looked.length / samplesMax);
  const count = Math.min(looked.length, samplesMax);
  return Array.from({ length: count }, (_, index) => {
    const { sample } = looked[Math.floor((index + 0.5) * step)]!;
    return { ...sample, rate: sample.rate * step };
  });
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
