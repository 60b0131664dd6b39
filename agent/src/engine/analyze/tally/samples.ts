/**
 * Packets that are kept as they came: for each target, and spread over its whole time, so that a quiet minute before an
 * attack is not lost among the millions of packets behind it. 65,536 packets of 128 bytes are all there is.
 *
 * Within the bin at hand the samples of a target are uniform: when there are too many, every second one goes, and the
 * others stand for twice as many. When a target has no room left, its fullest bins are thinned to one level.
 */
import { binsMax } from './bins.ts';
import { Xorshift } from './xorshift.ts';

const slotsLog2 = 16;
const slots = 1 << slotsLog2;
export const sampleBytesMax = 128;
/** Of one target; of each bin while it is the one at hand. */
const targetMax = 4096;
const targetMin = 24;
/**
 * What the targets share by their parts of the traffic. With 1,280 lists, by packets or bytes and in two tables, that
 * makes 62,720 samples at most.
 */
const partMax = 8000;
const binMax = 128;

/** A packet that may be kept. */
export interface Kept {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly atNs: number;
  readonly weight: number;
}

/** The samples of one target. */
export interface SampleList {
  /** Slots in the order of arrival. */
  readonly slots: number[];
  /** Where the samples of the bin at hand begin, and which bin that is. */
  binFrom: number;
  bin: number;
  /** One in 2^shift packets is kept. */
  shift: number;
}

export class SamplePool {
  readonly bytes = new Uint8Array(slots * sampleBytesMax);
  readonly captured = new Uint8Array(slots);
  readonly length = new Uint16Array(slots);
  readonly atNs = new Float64Array(slots);
  readonly weight = new Float64Array(slots);
  readonly #free = Int32Array.from({ length: slots }, (_, index) => index);
  readonly #random = new Xorshift(0x7469_6465);
  readonly #perBin = new Int32Array(binsMax);
  readonly #lists = new Set<SampleList>();
  #freeCount = slots;

  /** A list for one more target. */
  open(): SampleList {
    const list = { slots: [], binFrom: 0, bin: -1, shift: 0 };
    this.#lists.add(list);
    return list;
  }

  /** Takes a list and all of its samples away. */
  close(list: SampleList): void {
    for (const slot of list.slots) this.#drop(slot);
    this.#lists.delete(list);
  }

  /** Whether the next packet of the target is to be kept. */
  wants(list: SampleList, bin: number): boolean {
    if (bin !== list.bin) {
      // The bin before tells how dense this one will be.
      const isNext = bin === list.bin + 1;
      const isThin = list.slots.length - list.binFrom < binMax / 8;
      list.shift = isNext ? Math.max(0, list.shift - (isThin ? 4 : 1)) : 0;
      list.bin = bin;
      list.binFrom = list.slots.length;
    }
    return list.shift === 0 || (this.#random.next() & ((1 << list.shift) - 1)) === 0;
  }

  /**
   * @param weight How many packets of the file's own each packet stands for.
   * @param part The target's part of all traffic, 0 to 1: what the samples of busy targets have room for.
   */
  keep(list: SampleList, { bytes, from, to, length, atNs, weight }: Kept, part: number): void {
    const max = Math.min(targetMax, targetMin + partMax * part);
    if (list.slots.length >= max) this.#level(list, max / 2);
    if (list.slots.length - list.binFrom >= Math.min(binMax, max / 4)) this.#halveBin(list);
    if (this.#freeCount === 0) this.#makeRoom();
    if (this.#freeCount === 0) return;
    this.#freeCount -= 1;
    const slot = this.#free[this.#freeCount]!;
    const captured = Math.min(sampleBytesMax, to - from);
    this.bytes.set(bytes.subarray(from, from + captured), slot * sampleBytesMax);
    this.captured[slot] = captured;
    this.length[slot] = Math.min(65_535, length);
    putLength(this.bytes, slot * sampleBytesMax, this.length[slot]);
    this.atNs[slot] = atNs;
    this.weight[slot] = weight * 2 ** list.shift;
    list.slots.push(slot);
  }

  #drop(slot: number): void {
    this.#free[this.#freeCount++] = slot;
  }

  #makeRoom(): void {
    let longest: SampleList | null = null;
    for (const list of this.#lists) {
      if (longest === null || list.slots.length > longest.slots.length) longest = list;
    }
    if (longest !== null) this.#level(longest, longest.slots.length / 2);
  }

  #halveBin(list: SampleList): void {
    let kept = list.binFrom;
    for (let index = list.binFrom; index < list.slots.length; index++) {
      const slot = list.slots[index]!;
      if ((this.#random.next() & 1) === 0) {
        this.#drop(slot);
        continue;
      }
      this.weight[slot] = this.weight[slot]! * 2;
      list.slots[kept++] = slot;
    }
    list.slots.length = kept;
    list.shift += 1;
  }

  /** Thins the fullest stretches of time to one level, so that about `wanted` samples are left. */
  #level(list: SampleList, wanted: number): void {
    const first = this.atNs[list.slots[0]!]!;
    const last = list.slots.reduce((latest, slot) => Math.max(latest, this.atNs[slot]!), first);
    const widthNs = (last - first) / (binsMax - 1) + 1;
    const binOf = (slot: number): number => Math.max(0, Math.floor((this.atNs[slot]! - first) / widthNs));
    this.#perBin.fill(0);
    for (const slot of list.slots) this.#perBin[binOf(slot)] = this.#perBin[binOf(slot)]! + 1;
    const level = levelFor(this.#perBin, wanted);
    let kept = 0;
    let binFrom = 0;
    for (const [index, slot] of list.slots.entries()) {
      if (index === list.binFrom) binFrom = kept;
      const share = Math.min(1, level / this.#perBin[binOf(slot)]!);
      if (this.#random.fraction() >= share) {
        this.#drop(slot);
        continue;
      }
      this.weight[slot] = this.weight[slot]! / share;
      list.slots[kept++] = slot;
    }
    if (list.binFrom >= list.slots.length) binFrom = kept;
    list.slots.length = kept;
    list.binFrom = binFrom;
  }
}

/** A card that cuts segments itself gets IPv4 packets without a length; it is put in, so that the sample can be read. */
function putLength(bytes: Uint8Array, at: number, length: number): void {
  if (bytes[at]! >> 4 !== 4 || bytes[at + 2] !== 0 || bytes[at + 3] !== 0) return;
  bytes[at + 2] = length >> 8;
  bytes[at + 3] = length & 0xff;
}

/** The level that leaves `wanted` items when no bin may have more; below 1 where that is less than one for each bin. */
function levelFor(perBin: Int32Array, wanted: number): number {
  const leftAt = (level: number): number => perBin.reduce((sum, count) => sum + Math.min(count, level), 0);
  let [low, high] = [1, perBin.reduce((most, count) => Math.max(most, count), 1)];
  while (low < high) {
    const level = Math.ceil((low + high) / 2);
    if (leftAt(level) <= wanted) low = level;
    else high = level - 1;
  }
  return low === 1 ? Math.min(1, wanted / leftAt(1)) : low;
}
