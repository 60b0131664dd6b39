/**
 * Learns what is usual for each feature of each target, by hour of the week.
 *
 * Promises: memory never exceeds `bytesMax`; the same observations give the same answers; what is seen during an attack,
 * or up to 30 s before somebody calls it one, is not learned, within the bound of `target.ts`; two baselines that learned
 * apart can be merged; a file that was damaged is refused with one error.
 *
 * ```ts
 * const baseline = new Baseline({ features: ['packets@1s'] });
 * baseline.observe('203.0.113.7', 0, clock.wallMs(), 1200);
 * const usual = baseline.usual('203.0.113.7', 0, clock.wallMs());
 * if (usual !== null && 9000 > usual.high) …
 * ```
 */
import { bucketOf } from './buckets.ts';
import { Cells } from './cells.ts';
import { encodeChunks, openEncoded } from './codec.ts';
import { estimate, usualZero, type Usual } from './estimate.ts';
import { featureOf, type Feature } from './feature.ts';
import { checkHeader, type SavedPin } from './header.ts';
import { hoursOf, type TargetReport } from './inspect.ts';
import { advance, dropPieces } from './learn.ts';
import { mergeTarget } from './merge.ts';
import { Pins, type Pin } from './pins.ts';
import type { Answer } from './rows.ts';
import { Store } from './store.ts';
import { hourMs, minuteMs, type Target } from './target.ts';

export type { Usual } from './estimate.ts';
export type { Feature } from './feature.ts';
export type { TargetReport } from './inspect.ts';
export type { Pin } from './pins.ts';

export interface BaselineOptions {
  /** Names as in `feature.ts`. The first one says how busy a target is; each is worth more memory than the next. */
  readonly features: readonly string[];
  /** @default 4096 */
  readonly targetsMax?: number;
  /** @default 16777216 */
  readonly bytesMax?: number;
}

/** An answer holds for ten minutes, in a target's first two hours for one. */
const answerMs = 10 * minuteMs;
const youngAnswerMs = minuteMs;
const youngMs = 2 * hourMs;

export class Baseline {
  readonly features: readonly Feature[];
  readonly #store: Store;
  readonly #pins = new Pins();
  readonly #main = new Cells();
  #revision = 0;
  /** Of the last call: features of one target come one after another. */
  #last: Target | null = null;

  constructor({ features, targetsMax = 4096, bytesMax = 16 * 1024 * 1024 }: BaselineOptions) {
    this.features = features.map(featureOf);
    this.#store = new Store(features.length, targetsMax, bytesMax);
  }

  /** Reads what `encode` gave. Throws TG2016 where it is damaged; features of other names are left out. */
  static decode(bytes: Uint8Array, options: BaselineOptions): Baseline {
    const baseline = new Baseline(options);
    const { header, read } = openEncoded(bytes);
    const { features, pins } = checkHeader(header);
    const places = features.map((feature) => baseline.#indexOf(feature));
    read(baseline.#store, places);
    baseline.#adopt(pins);
    return baseline;
  }

  /** Memory held now, bytes. */
  get bytes(): number {
    return this.#store.bytes;
  }

  /** Rises whenever there is something new to keep. */
  get revision(): number {
    return this.#revision;
  }

  get targetCount(): number {
    return this.#store.targets.size;
  }

  /** A window of a feature closed with this value. Anything but a finite number from 0 on is left out. */
  observe(name: string, feature: number, wallMs: number, value: number): void {
    if (!(value >= 0 && value < Infinity)) return;
    const target = this.#find(name) ?? this.#store.admit(name, wallMs);
    if (target === null) return;
    this.#last = target;
    if (wallMs !== target.seenMs) advance(this.#store, target, wallMs);
    if (!target.learns) return;
    this.#revision += 1;
    if (feature === 0) target.busySum += value;
    const { offset } = this.features[feature]!;
    let row = this.#store.rowOf(target, feature);
    if (row <= 0) {
      if (value === 0) {
        this.#store.addZeros(target, feature, 1);
        return;
      }
      row = this.#store.makeRow(target, feature, bucketOf(0, offset));
      if (row === 0) return;
    }
    this.#store.rows.insert(row, bucketOf(value, offset));
  }

  /** What is usual now; null where nothing is known. */
  usual(name: string, feature: number, wallMs: number): Usual | null {
    const pin = this.#pins.get(name, feature);
    if (pin !== null) return pin;
    const target = this.#find(name);
    if (target === null) return null;
    this.#last = target;
    const row = this.#store.rowOf(target, feature);
    if (row > 0) return this.#answer(target, row, feature, wallMs);
    if (row === 0) return null;
    const { offset, everyMs } = this.features[feature]!;
    return { ...usualZero(-row, offset, hourMs / everyMs), ageMs: target.ageMs };
  }

  /** An attack, or an alarm, is on: what is seen now, and was in the last half minute at least, is not learned. */
  freeze(name: string, wallMs: number): void {
    const target = this.#store.admit(name, wallMs);
    this.#last = target;
    if (target === null || target.isFrozen) return;
    advance(this.#store, target, wallMs);
    dropPieces(this.#store, target);
    target.restart(target.markMs);
    target.freeze();
  }

  thaw(name: string, wallMs: number): void {
    const target = this.#find(name);
    if (target?.isFrozen !== true) return;
    advance(this.#store, target, wallMs);
    target.thaw();
  }

  /** Takes a value for usual whatever is learned, until it is taken back with null. */
  pin(name: string, feature: number, pin: Pin | null): void {
    this.#revision += 1;
    this.#pins.set(name, feature, pin, this.features[feature]!.offset);
  }

  /** Forgets what was learned of a target, or of all; pins stay. */
  reset(name: string | null): void {
    this.#revision += 1;
    const known = name === null ? [...this.#store.targets.values()] : [this.#find(name)];
    for (const target of known) {
      if (target === null) continue;
      this.#store.remove(target);
      this.#last = null;
      // What goes on at this moment is an attack all the same.
      if (target.isFrozen) this.freeze(target.name, target.seenMs);
    }
  }

  /** Adds what another one knows. */
  merge(other: Baseline): void {
    this.#revision += 1;
    this.#last = null;
    const pairs = other.features.flatMap((feature, theirs) => {
      const index = this.#indexOf(feature);
      return index === null
        ? []
        : [{ feature: index, other: theirs, zeroBucket: bucketOf(0, feature.offset) }];
    });
    for (const theirs of other.#store.targets.values()) {
      const target = this.#store.admit(theirs.name, theirs.markMs);
      if (target === null) continue;
      mergeTarget({ store: this.#store, target }, { store: other.#store, target: theirs }, pairs);
    }
    this.#adopt(other.#pins.list(other.features));
  }

  /**
   * What is known of a target; null where nothing is. Some tenths of a millisecond: do many in slices.
   * @param withHours The median of each hour of the week too.
   */
  inspect(name: string, withHours = true): TargetReport | null {
    const target = this.#find(name);
    return target === null ? null : this.#report(target, withHours);
  }

  /** Names of every target that something is known of. */
  get targets(): string[] {
    return [...this.#store.targets.keys()];
  }

  /** As bytes, in chunks of some 64 kB; learning may go on between two of them. */
  encodeChunks(): Generator<Uint8Array, void> {
    return encodeChunks({ features: this.features, pins: this.#pins.list(this.features) }, this.#store);
  }

  encode(): Uint8Array {
    const chunks = [...this.encodeChunks()];
    const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  /** Where a feature is observed in the same way; null where it is not. */
  #indexOf({ name, everyMs, offset }: Feature): number | null {
    const index = this.features.findIndex(
      (ours) => ours.name === name && ours.everyMs === everyMs && ours.offset === offset,
    );
    return index < 0 ? null : index;
  }

  /** Takes over pins, where there is none already and as far as there is room. */
  #adopt(pins: readonly SavedPin[]): void {
    for (const { target, feature, median, high } of pins) {
      const index = this.features.findIndex(({ name }) => name === feature);
      if (index < 0 || this.#pins.isFull || this.#pins.get(target, index) !== null) continue;
      this.#pins.set(target, index, { median, high }, this.features[index]!.offset);
    }
  }

  #find(name: string): Target | null {
    if (this.#last?.name === name) return this.#last;
    return this.#store.targets.get(name) ?? null;
  }

  #answer(target: Target, row: number, feature: number, wallMs: number): Usual | null {
    const { rows } = this.#store;
    const everySeconds = (target.ageMs < youngMs ? youngAnswerMs : answerMs) / 1000;
    const second = Math.floor(wallMs / 1000);
    let answer = rows.lastAnswer(row, second, everySeconds);
    if (answer === undefined) {
      const fresh = this.#estimate(target, row, feature, wallMs);
      // Rows renew their answers at different moments, so that the work of a thousand is not done in one tick.
      rows.keepAnswer(row, fresh, second + everySeconds - ((second + row * 7919) % everySeconds));
      answer = rows.lastAnswer(row, second, everySeconds);
    }
    if (answer === null || answer === undefined) return null;
    const { median, spread, high, count } = answer;
    return { median, spread, high, count, ageMs: target.ageMs };
  }

  #estimate(target: Target, row: number, feature: number, wallMs: number): Answer | null {
    const { rows, pages } = this.#store;
    const { offset, everyMs } = this.features[feature]!;
    rows.readMain(row, this.#main);
    return estimate(
      {
        pages,
        season: rows.seasonOf(row),
        main: this.#main,
        mainHour: target.hour,
        offset,
        observationsPerHour: hourMs / everyMs,
        ageMs: target.ageMs,
      },
      wallMs,
    );
  }

  #report(target: Target, withHours: boolean): TargetReport {
    const features = this.features.map(({ name, offset }, feature) => {
      const row = this.#store.rowOf(target, feature);
      return {
        name,
        usual: this.usual(target.name, feature, target.seenMs),
        isPinned: this.#pins.get(target.name, feature) !== null,
        hours: withHours && row > 0 ? hoursOf(this.#store, row, offset) : null,
      };
    });
    const { name, ageMs, isFrozen, frozenMs, seasons } = target;
    return { target: name, ageMs, isFrozen, frozenMs, seasons, features };
  }
}
