/** Puts the findings together: the document that `tidegate analyze --format json` prints. */
import type { Analysis } from '@tidegate/schemas';
import { ipLocator, linkTypeName } from '../capture-file/index.ts';
import type { CaptureFacts } from '../capture-file/index.ts';
import { counter } from '../types.ts';
import type { Attack } from '../types.ts';
import { packetsDuring } from './candidates.ts';
import { isReflection } from './families.ts';
import { indicatorsOf, spoofedMin } from './indicators.ts';
import { weightOf } from './looked.ts';
import { sharesOf } from './shares.ts';
import { packetsBySource, topSources } from './sources.ts';
import { suggest } from './suggest.ts';
import type { Suggestion } from './suggest.ts';
import type { Tally } from './tally/index.ts';
import { belongs } from './members.ts';
import { vectorOf } from './vectors.ts';
import type { Rates, Verdict } from './verdict.ts';

const targetsMax = 16;
const reasonsMax = 64;
const reasonCharactersMax = 1000;
const indicatorsMax = 512;
const rulesMax = 32;
const carpet = 'carpet_bombing';

export function report(
  tally: Tally,
  facts: CaptureFacts,
  verdicts: readonly Verdict[],
  cut: string | null,
  asked: string | null,
): Analysis {
  const ordered = [...verdicts].sort((a, b) => rankOf(b) - rankOf(a));
  const [first] = ordered;
  const named = first === undefined ? nothing(asked) : findings(tally, first, ordered);
  const { reasons, ...rest } = named;
  return {
    schema: 'tidegate/analysis/v1',
    ...rest,
    targets: ordered.slice(0, targetsMax).map((verdict) => targetOf(verdict, tally.bins.widthNs)),
    reasons: [...reasons, ...missing(tally, facts, cut)]
      .slice(0, reasonsMax)
      .map((reason) => reason.slice(0, reasonCharactersMax)),
    ...factsOf(tally, facts, cut),
  };
}

/** What was named comes first, then what was busy. */
const rankOf = (verdict: Verdict): number =>
  (verdict.attacks.length > 0 ? 1e18 : 0) + packetsDuring(verdict.candidate);

type Findings = Pick<
  Analysis,
  | 'family'
  | 'confidence'
  | 'vectors'
  | 'topSources'
  | 'sourcesSpoofedLikely'
  | 'indicators'
  | 'suggested'
  | 'reasons'
  | 'rules'
  | 'timeline'
  | 'shares'
>;

function nothing(asked: string | null): Findings {
  return {
    family: 'none',
    confidence: 0,
    vectors: [],
    topSources: [],
    sourcesSpoofedLikely: false,
    indicators: [],
    suggested: { flowspec: [], nftables: [] },
    reasons: [
      asked === null ? 'the capture has no IP packet that could be read' : `nothing was sent to ${asked}`,
    ],
    rules: [],
    timeline: { target: asked ?? '', binMs: 1, packets: [], bytes: [] },
    shares: { protocols: [], sourcePorts: [], destinationPorts: [], packetLengths: [] },
  };
}

function findings(tally: Tally, verdict: Verdict, all: readonly Verdict[]): Findings {
  const { candidate, attacks } = verdict;
  const vectors = attacks.map((attack) => vectorOf(attack, verdict)).sort((a, b) => b.share - a.share);
  const bySource = attacks.length === 0 ? packetsBySource(tally, candidate) : verdict.conversations.received;
  const tests = attacks.map(belongs);
  const suggestions = all.flatMap((one) => one.attacks.map((attack) => suggest(attack, one)));
  const rules = suggestions.flatMap((suggestion) => suggestion.rules).slice(0, rulesMax);
  const textsFor = (backend: 'flowspec' | 'nftables'): string[] =>
    rules.filter((rule) => rule.backend === backend).map(({ text }) => text);
  const bins = tally.bins.last + 1;
  return {
    family: familyOf(attacks),
    confidence: attacks.reduce((most, { confidence }) => Math.max(most, confidence), 0),
    vectors,
    topSources: topSources(
      bySource,
      candidate,
      (looked) => tests.some((test) => test(looked)),
      tally.pairs.isFull,
    ),
    sourcesSpoofedLikely: isSpoofed(verdict),
    indicators: attacks.flatMap((attack) => indicatorsOf(attack, verdict, bySource)).slice(0, indicatorsMax),
    suggested: { flowspec: textsFor('flowspec'), nftables: textsFor('nftables') },
    reasons: reasonsOf(verdict, suggestions),
    rules,
    timeline: {
      target: candidate.target,
      binMs: tally.bins.widthNs / 1e6,
      packets: Array.from(candidate.tally.packetBins.subarray(0, bins), Math.round),
      bytes: Array.from(candidate.tally.byteBins.subarray(0, bins), Math.round),
    },
    shares: sharesOf(candidate.during),
  };
}

/** The dominant one; of an attack on a whole prefix, that it is one. The vectors tell the rest. */
function familyOf(attacks: readonly Attack[]): string {
  if (attacks.some(({ incidentFamily }) => incidentFamily === carpet)) return carpet;
  const [largest] = [...attacks].sort((a, b) => (b.share ?? 1) - (a.share ?? 1));
  return largest?.family ?? 'none';
}

/** By the packets of the attack: those from reflectors come from real addresses. */
function isSpoofed({ candidate, attacks }: Verdict): boolean {
  let spoofed = 0;
  let all = 0;
  for (const attack of attacks) {
    const weight = weightOf(candidate.during.filter(belongs(attack)));
    all += weight;
    if (!isReflection(attack.family) && (attack.spoofed ?? 0) >= spoofedMin) spoofed += weight;
  }
  return all > 0 && spoofed > all / 2;
}

function reasonsOf({ attacks, candidate, usual }: Verdict, suggestions: readonly Suggestion[]): string[] {
  const { period, target } = candidate;
  const before =
    usual === null
      ? 'the capture holds no traffic from before the attack, so what is legitimate is not known'
      : `${period.isQuietAfter ? 'after' : 'before'} the attack ${target} received ${Math.round(usual.packetsPerSecond)} packets/s`;
  if (attacks.length === 0) {
    const busiest = `the busiest target, ${target}, shows no sign of an attack that is known here`;
    return usual === null
      ? [busiest]
      : [busiest, `its traffic rose from ${Math.round(usual.packetsPerSecond)} packets/s`];
  }
  return [
    ...attacks.flatMap(({ family, reasons }) => reasons.map((reason) => `${family}: ${reason}`)),
    before,
    ...suggestions.flatMap(({ notes }) => notes),
  ];
}

function targetOf(
  { candidate, attacks, during, usual }: Verdict,
  widthNs: number,
): Analysis['targets'][number] {
  const { tally, period, target } = candidate;
  const most = (bins: Float64Array): number => bins.reduce((peak, value) => Math.max(peak, value), 0);
  const perSecond = 1e9 / widthNs;
  const round = ({ packetsPerSecond, bitsPerSecond }: Rates): Rates => ({
    packetsPerSecond: Math.round(packetsPerSecond),
    bitsPerSecond: Math.round(bitsPerSecond),
  });
  return {
    target,
    family: familyOf(attacks),
    confidence: attacks.reduce((best, { confidence }) => Math.max(best, confidence), 0),
    packets: tally.counts[counter.packets]!,
    bytes: tally.counts[counter.bytes]!,
    sources: tally.sources.estimate(),
    ...round(during),
    peakPacketsPerSecond: Math.round(most(tally.packetBins) * perSecond),
    peakBitsPerSecond: Math.round(most(tally.byteBins) * 8 * perSecond),
    usualPacketsPerSecond: usual === null ? null : Math.round(usual.packetsPerSecond),
    startedAtMs: (period.during.from * widthNs) / 1e6,
    endedAtMs: (period.during.to * widthNs) / 1e6,
  };
}

function factsOf(tally: Tally, facts: CaptureFacts, cut: string | null) {
  const { damage, startedAtNs } = facts;
  const { notIp, cutOff, malformed, unknownLink } = tally.skipped;
  const partial = cut === null ? damage : { reason: cut, atByte: facts.bytes, unreadBytes: 0 };
  return {
    startedAt: startedAtNs === null ? null : timeText(startedAtNs),
    durationMs: tally.bins.lastNs / 1e6,
    frames: facts.frames,
    packets: tally.packets,
    bytes: tally.bytes,
    format: facts.format,
    fileBytes: facts.bytes,
    linkTypes: [...tally.linkTypes()].map(([type, frames]) => ({ name: linkTypeName(type), frames })),
    skipped: { notIp, cutOff, malformed, unknownLink, untracked: tally.addresses.untracked },
    comments: [...tally.comments],
    partial: partial === null ? null : { ...partial },
  };
}

/** Null where a clock was set to what no calendar holds. */
function timeText(ns: bigint): string | null {
  const ms = Number(ns / 1_000_000n);
  return ms > 0 && ms < 253_402_300_800_000 ? new Date(ms).toISOString() : null;
}

/** What the report does not rest on. */
function missing(tally: Tally, { damage, frames }: CaptureFacts, cut: string | null): string[] {
  const { skipped, bins } = tally;
  const part = (count: number): string => `${count} of ${frames} frames`;
  const unknown = [...tally.linkTypes().keys()].filter((type) => ipLocator(type) === null).map(linkTypeName);
  return [
    ...(cut === null ? [] : [`the file was not read to its end: ${cut}`]),
    ...(damage === null
      ? []
      : [`from byte ${damage.atByte} on ${damage.unreadBytes} bytes were not read: ${damage.reason}`]),
    ...(skipped.unknownLink === 0
      ? []
      : [`${part(skipped.unknownLink)} are of a link type that cannot be read (${unknown.join(', ')})`]),
    ...(skipped.cutOff === 0 ? [] : [`of ${part(skipped.cutOff)} too little was captured`]),
    ...(skipped.malformed === 0 ? [] : [`${part(skipped.malformed)} hold no sound IP packet`]),
    ...(tally.addresses.untracked === 0
      ? []
      : [`${tally.addresses.untracked} packets went to addresses that were too many to be followed`]),
    ...(bins.gaps === 0 ? [] : [`the clock of the capture jumps ${bins.gaps} times; the gaps are cut out`]),
  ];
}
