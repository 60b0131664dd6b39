/** Where generated packets come from, and in which order. */

export interface GeneratedPacket {
  readonly target: string;
  /** Whole nanoseconds. */
  readonly atNs: number;
  /** The whole IP packet. */
  readonly bytes: Uint8Array;
  readonly label: 'legitimate' | 'attack';
  /** `out` is what the target sends. @default 'in' */
  readonly direction?: 'in' | 'out';
  /** Of an attack's packet: the family of the flood that it belongs to. */
  readonly vector?: string;
}

/** One kind of traffic to one target. Asked for one stretch of time after the other, without gaps. */
export interface TrafficSource {
  /** Packets from `fromNs` up to, but not at, `toNs`; in no order. */
  packets(fromNs: number, toNs: number): GeneratedPacket[];
}

/** Takes packets for later, and gives out those whose time has come. */
export class Schedule {
  readonly #target: string;
  readonly #label: GeneratedPacket['label'];
  #waiting: GeneratedPacket[] = [];

  constructor(target: string, label: GeneratedPacket['label']) {
    this.#target = target;
    this.#label = label;
  }

  add(atNs: number, bytes: Uint8Array): void {
    this.#waiting.push({ target: this.#target, atNs: Math.round(atNs), bytes, label: this.#label });
  }

  /** What the target sends. */
  addOutgoing(atNs: number, bytes: Uint8Array): void {
    const [target, label] = [this.#target, this.#label];
    this.#waiting.push({ target, atNs: Math.round(atNs), bytes, label, direction: 'out' });
  }

  take(toNs: number): GeneratedPacket[] {
    const due = this.#waiting.filter(({ atNs }) => atNs < toNs);
    this.#waiting = this.#waiting.filter(({ atNs }) => atNs >= toNs);
    return due;
  }
}

/** A rate, in arrivals/s: constant, or by the time in ns. */
export type Rate = number | ((atNs: number) => number);

/** Arrivals that know nothing of each other: a Poisson process, its rate looked up at the start of each stretch. */
export function* arrivals(
  random: { exponential(mean: number): number },
  rate: Rate,
  fromNs: number,
  toNs: number,
): Generator<number> {
  const perSecond = typeof rate === 'number' ? rate : rate(fromNs);
  if (perSecond <= 0) return;
  const gapNs = 1e9 / perSecond;
  for (let atNs = fromNs + random.exponential(gapNs); atNs < toNs; atNs += random.exponential(gapNs))
    yield atNs;
}

/** Another rate, in proportion. */
export const scaled = (rate: Rate, factor: number): Rate =>
  typeof rate === 'number' ? rate * factor : (atNs) => rate(atNs) * factor;
