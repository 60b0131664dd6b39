/**
 * Tally: one pass over the frames of a capture, in which everything is counted that is asked later.
 *
 * Promises: bounded memory, about 40 MB whatever the capture is: 1,024 addresses and 256 prefixes that are followed,
 * 65,536 pairs of source and target, 65,536 samples of 128 bytes, 512 bins of time; no object for a packet; the same
 * frames give the same tally.
 */
import { cutOff, ipLocator } from '../../capture-file/index.ts';
import type { CaptureSink, Frame, IpLocator } from '../../capture-file/index.ts';
import { counter } from '../../types.ts';
import { hashWords, isSame, putPrefix } from './address.ts';
import { Bins } from './bins.ts';
import { rateOfComment } from './comments.ts';
import { Header } from './header.ts';
import { HeavyKeys } from './heavy-keys.ts';
import { SamplePool } from './samples.ts';
import type { TargetTally } from './state.ts';
import { TargetTable } from './targets.ts';

export { sampleBytesMax } from './samples.ts';
export type { SamplePool } from './samples.ts';
export type { TargetTally } from './state.ts';
export { isMappedWords, wordsOf, wordsText } from './address.ts';

const addressesMax = 1024;
const prefixesMax = 256;
const pairsLog2 = 16;
const commentsMax = 32;
const commentCharactersMax = 2048;
const linkTypesMax = 16;
const sourceSeed = 0x2545_f491;

/** The one target that is asked for. */
export interface Only {
  readonly words: Int32Array;
  /** A /24 or /48. */
  readonly isPrefix: boolean;
}

/** Which packets could not be read as IP, by why. */
export interface Skipped {
  /** ARP and the like. */
  notIp: number;
  /** The capture kept too little of them. */
  cutOff: number;
  /** An IP header that contradicts itself. */
  malformed: number;
  /** A link type that is not known here. */
  unknownLink: number;
}

export class Tally implements CaptureSink {
  readonly samples = new SamplePool();
  readonly addresses = new TargetTable(addressesMax, this.samples);
  /** A /24 or /48 each. */
  readonly prefixes = new TargetTable(prefixesMax, this.samples);
  /** Source and target of packets. */
  readonly pairs = new HeavyKeys(pairsLog2);
  readonly bins = new Bins(() => {
    this.addresses.double();
    this.prefixes.double();
  });
  readonly skipped: Skipped = { notIp: 0, cutOff: 0, malformed: 0, unknownLink: 0 };
  readonly frameCounts = new Map<number, number>();
  readonly comments: string[] = [];
  /** IP packets, and their bytes. */
  packets = 0;
  bytes = 0;
  readonly #header = new Header();
  readonly #prefix = new Int32Array(4);
  readonly #only: Only | null;
  #linkType = -1;
  #locate: IpLocator | null = null;
  #linkFrames = 0;
  /** How many packets each one stands for, as a comment of the file says. */
  #weight = 1;

  /** @param only The one target that is followed. @default every one */
  constructor(only: Only | null = null) {
    this.#only = only;
  }

  comment(text: string): void {
    this.#weight = rateOfComment(text) ?? this.#weight;
    if (this.comments.length < commentsMax && !this.comments.includes(text)) {
      this.comments.push(text.slice(0, commentCharactersMax));
    }
  }

  frame(frame: Frame): void {
    if (frame.linkType !== this.#linkType) this.#changeLink(frame.linkType);
    this.#linkFrames += 1;
    const { bytes, to } = frame;
    const at = this.#locate === null ? frame.to : this.#locate(bytes, frame.from, to);
    if (this.#locate === null) this.skipped.unknownLink += 1;
    else if (at === cutOff) this.skipped.cutOff += 1;
    else if (at < 0) this.skipped.notIp += 1;
    else if (!this.#header.read(bytes, at, to, frame.originalBytes - (at - frame.from))) {
      // Too short for a header, of which the wire had more: the snap length is to blame, not the sender.
      if (frame.originalBytes > to - frame.from && to - at < 40) this.skipped.cutOff += 1;
      else this.skipped.malformed += 1;
    } else this.#count(bytes, at, to, frame.atNs);
  }

  /** Frames by link type. */
  linkTypes(): ReadonlyMap<number, number> {
    this.#changeLink(this.#linkType);
    return this.frameCounts;
  }

  #changeLink(linkType: number): void {
    if (
      this.#linkFrames > 0 &&
      (this.frameCounts.has(this.#linkType) || this.frameCounts.size < linkTypesMax)
    ) {
      this.frameCounts.set(this.#linkType, (this.frameCounts.get(this.#linkType) ?? 0) + this.#linkFrames);
    }
    this.#linkFrames = 0;
    this.#linkType = linkType;
    this.#locate = ipLocator(linkType);
  }

  #count(bytes: Uint8Array, at: number, to: number, fileNs: number): void {
    const header = this.#header;
    const { source, destination, isIpv4, length } = header;
    const weight = this.#weight;
    const atNs = this.bins.place(fileNs);
    const bin = this.bins.current;
    this.packets += weight;
    this.bytes += weight * length;
    this.addresses.find(source)?.addSent(header, weight);
    putPrefix(this.#prefix, destination, isIpv4);
    if (this.#only !== null && !isSame(this.#only.isPrefix ? this.#prefix : destination, this.#only.words))
      return;
    const sourceHash = hashWords(source, sourceSeed);
    this.pairs.add(source, destination, weight);
    const target = this.addresses.follow(destination, weight);
    this.#add(target, bytes, at, to, atNs, bin, sourceHash);
    this.#add(this.prefixes.follow(this.#prefix, weight), bytes, at, to, atNs, bin, sourceHash);
  }

  #add(
    target: TargetTally | null,
    bytes: Uint8Array,
    at: number,
    to: number,
    atNs: number,
    bin: number,
    sourceHash: number,
  ): void {
    if (target === null) return;
    target.add(this.#header, bin, this.#weight, sourceHash);
    if (!this.samples.wants(target.samples, bin)) return;
    const part = Math.max(
      target.counts[counter.packets]! / this.packets,
      target.counts[counter.bytes]! / this.bytes,
    );
    const { length } = this.#header;
    this.samples.keep(target.samples, { bytes, from: at, to, length, atNs, weight: this.#weight }, part);
  }
}
