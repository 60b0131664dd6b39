/**
 * The picture of an excess that all signals look at: counters of now, of what is usual, and of the difference; sampled
 * packets of now and of quiet times.
 *
 * Signals judge the difference: in three times the usual traffic a quarter is still the usual, and would hide half of
 * what changed. Samples are read only when a signal asks for them.
 */
import { ratioFeature, volumeFeature } from '../features.ts';
import { ratioParts, volumeOf } from '../metrics.ts';
import type { RatioName, VolumeName } from '../metrics.ts';
import { counter } from '../types.ts';
import type { CounterName, HostReading, TargetWindow, Usual } from '../types.ts';
import { SampleSet } from './sample-set.ts';
import type { Traits } from './traits.ts';

/** What is usual of a feature, by its index in features.ts; null where nothing is known. */
export type UsualOf = (feature: number) => Usual | null;

export interface PictureOptions {
  readonly window: TargetWindow;
  readonly usualOf: UsualOf;
  /** Rates a second by `counter` that are usual; null where nothing is usual yet. */
  readonly usualRates: Float64Array | null;
  /** Samples from this time on are looked at, kernel monotonic ns. */
  readonly sinceNs: number;
  /** Bits/s of the link; null where the policy does not say. */
  readonly linkBitsPerSecond: number | null;
  /** What is judged is at least so long, because short times wander more: the last reading, second or ten, ms. @default 0 */
  readonly leastMs?: number;
}

/** Fewer packets make no ratio; the last second is taken where the last reading has fewer. */
export const packetsMin = 100;
const secondMs = 1000;

/**
 * Traffic is never quite the usual, and of a small difference any class may be all. So shares are taken of at least this
 * part of all packets, and what a smaller difference lacks is not asked.
 */
const excessShareMin = 0.3;

const classes = ['tcpPackets', 'udpPackets', 'icmpPackets', 'otherPackets'] as const;

export class Picture {
  readonly window: TargetWindow;
  readonly linkBitsPerSecond: number | null;
  /** Packets that the counters are of. */
  readonly packets: number;
  /** Packets/s that are more than usual, as their classes add up; at least 0.3 of all. */
  readonly excessPackets: number;
  /** Share of the excess in all packets, 0.3 to 1. */
  readonly excessShare: number;
  /** Whether the excess is more than what traffic wanders anyway, so that what it lacks means something. */
  readonly isLarge: boolean;
  readonly #counts: Float64Array;
  readonly #perSecond: number;
  readonly #usualRates: Float64Array | null;
  readonly #usualOf: UsualOf;
  readonly #sinceNs: number;
  #samples: SampleSet | null = null;
  #quiet: SampleSet | null = null;
  #isBulk: boolean | null = null;
  #isTransfer: boolean | null = null;

  constructor(options: PictureOptions) {
    const { window, usualOf, usualRates, sinceNs, linkBitsPerSecond, leastMs = 0 } = options;
    const [counts, ms] = countsOf(window, leastMs);
    this.window = window;
    this.linkBitsPerSecond = linkBitsPerSecond;
    this.packets = counts[counter.packets]!;
    this.#counts = counts;
    this.#perSecond = 1000 / ms;
    this.#usualRates = usualRates;
    this.#usualOf = usualOf;
    this.#sinceNs = sinceNs;
    const all = Math.max(1, this.now('packets'));
    const byClass = classes.reduce((sum, name) => sum + this.excess(name), 0);
    const excess = Math.max(this.excess('packets'), byClass);
    this.isLarge = excess >= excessShareMin * all;
    this.excessPackets = Math.max(excess, excessShareMin * all);
    this.excessShare = Math.min(1, this.excessPackets / all);
  }

  /** Rate of a counter, a second. */
  now(name: CounterName): number {
    return this.#counts[counter[name]]! * this.#perSecond;
  }

  /** What is more than usual of a counter, a second, never below 0; all of it where nothing is usual yet. */
  excess(name: CounterName): number {
    return Math.max(0, this.now(name) - (this.#usualRates?.[counter[name]] ?? 0));
  }

  /** The same as a share of the packets that are more than usual; above 1 for what is no packet of them. */
  share(name: CounterName): number {
    return this.excess(name) / this.excessPackets;
  }

  /** What a ratio usually is; null where nobody knows. */
  usualRatio(name: RatioName): number | null {
    const known = this.#usualOf(ratioFeature(name));
    if (known !== null) return known.median;
    if (this.#usualRates === null) return null;
    const [part, whole] = ratioParts[name];
    const of = this.#usualRates[counter[whole]]!;
    return of > 0 ? this.#usualRates[counter[part]]! / of : null;
  }

  /** What one second in a thousand exceeds at this hour, a second; 0 where nobody knows. */
  highOf(volume: VolumeName): number {
    return this.#usualOf(volumeFeature(volume, 1000)!)?.high ?? 0;
  }

  /** Of the last whole second, or of now where there is none; single readings wander more. */
  lastSecond(volume: VolumeName): number {
    const [second] = this.window.history?.scales ?? [];
    return second === undefined
      ? volumeOf(volume, this.#counts, 1000 / this.#perSecond)
      : volumeOf(volume, second.counts, second.intervalMs);
  }

  /** Share of a counter in the packets of the quiet seconds before; null where there were none. */
  quietShare(name: CounterName): number | null {
    const quiet = this.window.history?.quietPerSecond;
    if (quiet === null || quiet === undefined) return null;
    return quiet[counter[name]]! / Math.max(1, quiet[counter.packets]!);
  }

  get samples(): SampleSet {
    return (this.#samples ??= new SampleSet(this.window.recentSamples, this.#sinceNs));
  }

  get quiet(): SampleSet {
    return (this.#quiet ??= new SampleSet(this.window.quietSamples));
  }

  get host(): HostReading | null {
    return this.window.history?.host ?? null;
  }

  /** Since the excess began, as near as samples tell, ms. */
  get ageMs(): number {
    return (this.window.atNs - this.#sinceNs) / 1e6;
  }

  /** A ratio of now against the usual one, 1 where it is the same; null where one of them is not known. */
  against(name: RatioName): number | null {
    const usual = this.usualRatio(name);
    const [part, whole] = ratioParts[name];
    const of = this.now(whole);
    return usual === null || usual === 0 || of === 0 ? null : this.now(part) / of / usual;
  }

  /** Whether nothing is known of the target from before: no usual rates, and no quiet second. */
  get isWithoutPast(): boolean {
    return this.#usualRates === null && (this.window.history?.quietPerSecond ?? null) === null;
  }

  /** Answers for each packet of the excess; refusals are none. Null where what goes out is not counted. */
  get answered(): number | null {
    if (!this.#seesAnswers) return null;
    const refusals = this.excess('outTcpRst') + this.excess('outIcmpUnreachable');
    const more = this.now('outPackets') - (this.#usualRates?.[counter.outPackets] ?? 0) + this.#unasked;
    return Math.max(0, more - refusals) / this.excessPackets;
  }

  /** Answers a second that are usual and missing, because a class that they go to is less than usual. */
  get #unasked(): number {
    if (this.#usualRates === null) return 0;
    const usual = this.#usualRates;
    const less = classes.reduce((sum, name) => sum + Math.max(0, usual[counter[name]]! - this.now(name)), 0);
    return less * (usual[counter.outPackets]! / Math.max(1, usual[counter.packets]!));
  }

  /** Whether what is more in a prefix goes to one of its addresses, which is looked at by itself. */
  get isOfOneAddress(): boolean {
    const { samples } = this;
    if (!this.window.target.includes('/') || samples.effective * this.excessShare < addressSamplesMin)
      return false;
    const shares = excessShares(this, ({ target }) => target).values();
    return Math.max(0, ...shares) >= addressShareMin;
  }

  /** Whether both sides talk: what is more, or all of it as it usually is. */
  get isAnswered(): boolean {
    const { answered } = this;
    if (answered === null) return false;
    return answered >= answeredMin || (this.against('answeredShare') ?? 0) >= asUsualMin;
  }

  /** Whether a handful of flows carries the excess, as a download, a backup or a speed test does. */
  get isBulk(): boolean {
    return (this.#isBulk ??= this.#looksLikeTransfer && isFewFlows(this.samples, this.excessShare));
  }

  /** Whether that may be, and there are too few samples to tell. */
  get mayBeBulk(): boolean {
    return this.#looksLikeTransfer && (this.samples.size < flowSamplesMin || this.isBulk);
  }

  get #looksLikeTransfer(): boolean {
    return (this.#isTransfer ??= isTransfer(this));
  }

  /** Of a source that counts what goes out, something did in the last minute or usually does. */
  get #seesAnswers(): boolean {
    if (this.#counts[counter.outPackets]! > 0 || (this.#usualRates?.[counter.outPackets] ?? 0) > 0)
      return true;
    return this.window.history?.scales.some(({ counts }) => counts[counter.outPackets]! > 0) ?? false;
  }
}

function countsOf({ counts, intervalMs, history }: TargetWindow, leastMs: number): [Float64Array, number] {
  const isEnough = intervalMs >= leastMs && counts[counter.packets]! >= packetsMin;
  const longer = history?.scales.find(({ scaleMs }) => scaleMs >= Math.max(leastMs, secondMs));
  if (isEnough || longer === undefined || longer.counts[counter.packets] === 0)
    return [counts, Math.max(1, intervalMs)];
  return [longer.counts, longer.intervalMs];
}

/** A transfer fills its packets; a mean over this leaves room for some small ones, bytes. */
const bulkBytesMin = 500;
/** Of the excess: TCP and UDP in whole packets, what only acknowledges, and what is answered. */
const wholeMin = 0.8;
const acknowledgementsMin = 0.8;
const answeredMin = 0.3;
/** Answers in all, against the usual. */
const asUsualMin = 0.7;
/** A site with tunnels has its transfers in them. */
const tunnelShareMin = 0.05;

/** By its counters: large packets, or the acknowledgements of a transfer that goes out. */
function isTransfer(picture: Picture): boolean {
  const tunnels =
    (picture.usualRatio('otherShare') ?? 0) >= tunnelShareMin ? picture.share('otherPackets') : 0;
  const whole =
    picture.share('tcpPackets') + picture.share('udpPackets') + tunnels - picture.share('fragments');
  if (whole < wholeMin) return false;
  return (
    picture.share('bytes') >= bulkBytesMin ||
    picture.share('tcpAck') >= acknowledgementsMin ||
    (picture.answered ?? 0) >= answeredMin
  );
}

/** Of the excess, what one address of a prefix must have, in so many samples. */
const addressShareMin = 0.6;
const addressSamplesMin = 15;

/** Speed tests open up to some sixteen connections, backups fewer. */
const flowsMax = 16;
/** Of the excess, what those flows must carry, in flows that were sampled more than once. */
const flowsShareMin = 0.7;
const flowSamplesMin = 12;

function isFewFlows(samples: SampleSet, excessShare: number): boolean {
  if (samples.size < flowSamplesMin) return false;
  const counts = new Map<string, number>();
  for (const { flow } of samples.all) counts.set(flow, (counts.get(flow) ?? 0) + 1);
  const shares = samples.shares(({ flow }) => ((counts.get(flow) ?? 0) > 1 ? flow : null));
  const heaviest = [...shares.values()].sort((a, b) => b - a).slice(0, flowsMax);
  return heaviest.reduce((sum, share) => sum + share, 0) >= flowsShareMin * excessShare;
}

/** Share of each key in the excess: its share now, less what it usually has of the rest. */
export function excessShares<Key>(
  { samples, quiet, excessShare }: Picture,
  keyOf: (traits: Traits) => Key | null,
): Map<Key, number> {
  const before = quiet.shares(keyOf);
  const shares = new Map<Key, number>();
  for (const [key, now] of samples.shares(keyOf)) {
    const share = now - (1 - excessShare) * (before.get(key) ?? 0);
    if (share > 0) shares.set(key, Math.min(1, share / excessShare));
  }
  return shares;
}

/** Of the excess, the share of a part that is `now` of all and `usual` of the usual rest. */
export const shareOfExcess = ({ excessShare }: Picture, now: number, usual: number): number =>
  Math.min(1, Math.max(0, now - (1 - excessShare) * usual) / excessShare);
