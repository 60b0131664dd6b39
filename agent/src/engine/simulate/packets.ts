/**
 * Packets of a capture as windows of 100 ms: counted, sampled and told apart as the kernel program does it. Protected
 * prefixes decide which addresses are targets; what they send is counted as theirs.
 *
 * Bounds: 65,536 targets in a window; further ones are counted as uncounted. After ten minutes without a packet the rest
 * of a pause is one window, as after a tick that came very late.
 */
import { formatAddress } from '@tidegate/schemas';
import { KnownSources } from '../generator/known-sources.ts';
import { countOutgoing } from '../generator/outgoing.ts';
import { SeededRandom } from '../generator/random.ts';
import { Sampler } from '../generator/sampler.ts';
import { countPacket, destinationBytes, parsePacket, sourceBytes } from '../packet/index.ts';
import type { Packet } from '../packet/index.ts';
import { counterNames } from '../types.ts';
import type { Reading, Sample } from '../types.ts';
import { Protection } from './protection.ts';

export interface PacketWindowsOptions {
  /** Protected prefixes. */
  readonly protect: readonly string[];
  /** Whether sources become known: not while an incident is open. Asked before each window. */
  readonly isLearning: () => boolean;
  readonly onWindow: (reading: Reading) => void;
}

const windowNs = 100e6;
const targetsMax = 65_536;
const emptyWindowsMax = 6000;
/** Which packets are sampled follows from this seed. */
const samplingSeed = 'tidegate/simulation/v1 samples';

export class PacketWindows {
  readonly #options: PacketWindowsOptions;
  readonly #targets: Targets;
  readonly #sampler = new Sampler(new SeededRandom(samplingSeed));
  readonly #known = new KnownSources();
  #rows = new Map<string, Float64Array>();
  #samples: Sample[] = [];
  #lostBefore = 0;
  #uncounted = 0;
  #startNs = 0;
  #isLearning = true;

  constructor(options: PacketWindowsOptions) {
    this.#options = options;
    this.#targets = new Targets(options.protect);
  }

  /**
   * The next packet; one that is late is counted where the others are.
   * @param bytes From the IP header on; they are not kept. What is no IP packet is left out.
   * @param atNs Since the start of the capture.
   */
  add(bytes: Uint8Array, atNs: number): void {
    this.#advance(atNs);
    const packet = parsePacket(bytes);
    if (packet === null) return;
    const target = this.#targets.of(packet, destinationBytes);
    if (target !== null) this.#countIncoming(target, packet, Math.max(atNs, this.#startNs));
    else {
      const sender = this.#targets.of(packet, sourceBytes);
      if (sender === null) return;
      const row = this.#row(sender);
      if (row !== null) countOutgoing(row, packet);
    }
  }

  /** Gives out the last window. */
  end(): void {
    this.#giveOut(windowNs);
  }

  #countIncoming(target: string, packet: Packet, atNs: number): void {
    const row = this.#row(target);
    if (row === null) {
      this.#uncounted += 1;
      return;
    }
    countPacket(row, packet);
    this.#known.count(row, packet, atNs, this.#isLearning);
    const chosen = this.#sampler.sample({ target, atNs, bytes: packet.data, label: 'legitimate' });
    if (chosen === null) return;
    // Nobody said what it is; and of a frame that was cut off the header tells the length.
    const { rate, data } = chosen;
    this.#samples.push({ target, atNs, length: packet.length, rate, data });
  }

  #row(target: string): Float64Array | null {
    const known = this.#rows.get(target);
    if (known !== undefined) return known;
    if (this.#rows.size >= targetsMax) return null;
    const row = new Float64Array(counterNames.length);
    this.#rows.set(target, row);
    return row;
  }

  #advance(atNs: number): void {
    for (let empty = 0; atNs - this.#startNs >= windowNs && empty < emptyWindowsMax; empty++)
      this.#giveOut(windowNs);
    const rest = Math.floor((atNs - this.#startNs) / windowNs);
    if (rest > 0) this.#giveOut(rest * windowNs);
  }

  #giveOut(intervalNs: number): void {
    const atNs = this.#startNs + intervalNs;
    const samplesLost = this.#sampler.lost - this.#lostBefore;
    const targets = [...this.#rows].map(([target, counts]) => ({ target, counts }));
    const samples = this.#samples;
    const uncountedPackets = this.#uncounted;
    this.#lostBefore = this.#sampler.lost;
    this.#rows = new Map();
    this.#samples = [];
    this.#uncounted = 0;
    this.#startNs = atNs;
    this.#options.onWindow({ atNs, intervalNs, targets, samples, samplesLost, uncountedPackets });
    this.#isLearning = this.#options.isLearning();
  }
}

/** Texts that are remembered, so that most packets need none made anew. */
const textsMax = 65_536;

/** Which addresses of packets are protected. */
class Targets {
  readonly #protection: Protection;
  readonly #texts = new Map<number | string, string | null>();

  constructor(protect: readonly string[]) {
    this.#protection = new Protection(protect);
  }

  /** The address as text, null where it is not protected. */
  of(packet: Packet, bytesOf: (packet: Packet) => Uint8Array): string | null {
    const bytes = bytesOf(packet);
    const key = packet.version === 4 ? lastWord(bytes) : String.fromCharCode(...bytes);
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const text = formatAddress(bytes);
    const answer = this.#protection.has(text) ? text : null;
    if (this.#texts.size >= textsMax) this.#texts.clear();
    this.#texts.set(key, answer);
    return answer;
  }
}

const lastWord = (bytes: Uint8Array): number =>
  bytes[12]! * 2 ** 24 + ((bytes[13]! << 16) | (bytes[14]! << 8) | bytes[15]!);
