/**
 * The verdict of an address, from the kernel part alone: the reference for the program in the kernel, which reads the
 * same bytes in the same order.
 *
 * Every read lies in the lines of a layout that was checked, whatever the lines hold.
 */
import {
  lanesOf,
  lineBytes,
  rootBit,
  strideBits,
  strideMax,
  strideMin,
  type IndicatorVerdict,
  type Layout,
  type Region,
  type TableName,
} from './format.ts';
import { firstBucket, hashKey, hashWord, secondBucket } from './hash.ts';

export interface KernelPart {
  readonly view: DataView;
  readonly layout: Layout;
  readonly seed: number;
}

type Regions = Layout['regions'];

/** @param address 16 bytes, IPv4 mapped. */
export function lookUp(part: KernelPart, address: DataView): IndicatorVerdict {
  const mapped = address.getUint32(0) === 0 && address.getUint32(4) === 0 && address.getUint32(8) === 0xffff;
  return mapped ? lookUpV4(part, address.getUint32(12)) : lookUpV6(part, address);
}

function lookUpV4(part: KernelPart, address: number): IndicatorVerdict {
  const { view, layout } = part;
  const { v4Touched, v4Covered, v4CoveredDrop } = layout.regions;
  const slash24 = address >>> 8;
  if (!bitAt(view, v4Touched, slash24)) return 'none';
  if (bitAt(view, v4CoveredDrop, slash24)) return 'drop';
  const covered = bitAt(view, v4Covered, slash24) ? 'count' : 'none';
  const exact = wordVerdict(part, 'v4Exact', address);
  if (exact === 'drop') return exact;
  const block = wordVerdict(part, 'v4Block', (address & ~15) >>> 0);
  return stronger(covered, stronger(exact, block));
}

function lookUpV6(part: KernelPart, address: DataView): IndicatorVerdict {
  const mask = rootMask(part, address.getUint32(0, true));
  const has = (bit: number): boolean => ((mask >>> bit) & 1) === 1;
  if (has(rootBit.coveredDrop)) return 'drop';
  let verdict: IndicatorVerdict = has(rootBit.covered) ? 'count' : 'none';
  for (let stride = strideMin; stride <= strideMax && verdict !== 'drop'; stride += strideBits) {
    if (!has(rootBit.firstStride + (stride - strideMin) / strideBits)) continue;
    verdict = stronger(verdict, longVerdict(part, 'v6Prefix', prefixKey(address, stride)));
  }
  if (has(rootBit.exact)) verdict = stronger(verdict, longVerdict(part, 'v6Exact', address));
  return verdict;
}

const stronger = (left: IndicatorVerdict, right: IndicatorVerdict): IndicatorVerdict =>
  left === 'drop' || right === 'none' ? left : right;

function bitAt(view: DataView, { line, lines }: Region, index: number): boolean {
  if (lines === 0) return false;
  return ((view.getUint8(line * lineBytes + (index >>> 3)) >>> (index & 7)) & 1) === 1;
}

/** The first bytes of the address, zeros, and the stride in the last byte. */
function prefixKey(address: DataView, stride: number): DataView {
  const key = new DataView(new ArrayBuffer(16));
  for (let at = 0; at < 16; at += 4) {
    const free = Math.min(32, Math.max(0, (at + 4) * 8 - stride));
    const word = address.getUint32(at);
    key.setUint32(at, word - (word % 2 ** free));
  }
  key.setUint8(15, stride);
  return key;
}

/** The slot of a lane that holds a key, in one of its two lines; -1 where none does. */
function findLane(
  { layout }: KernelPart,
  table: TableName,
  hash: number,
  isKey: (offset: number) => boolean,
): number {
  const { line, lines } = layout.regions[table];
  if (lines === 0) return -1;
  const lanes = lanesOf[table];
  for (const bucket of [firstBucket(hash, lines), secondBucket(hash, lines)]) {
    for (let lane = 0; lane < lanes; lane++) {
      if (isKey((line + bucket) * lineBytes + lane * (lineBytes / lanes))) return bucket * lanes + lane;
    }
  }
  return -1;
}

function slotVerdict(view: DataView, regions: Regions, table: DropTable, slot: number): IndicatorVerdict {
  if (slot < 0) return 'none';
  return bitAt(view, regions[`${table}Drop`], slot) ? 'drop' : 'count';
}

type DropTable = Exclude<TableName, 'v6Root'>;

function wordVerdict(part: KernelPart, table: 'v4Exact' | 'v4Block', key: number): IndicatorVerdict {
  const { view, layout, seed } = part;
  // Zero marks an empty lane; 0.0.0.0 must not match one.
  if (key === 0) return 'none';
  const slot = findLane(part, table, hashWord(key, seed), (at) => view.getUint32(at, true) === key);
  return slotVerdict(view, layout.regions, table, slot);
}

function longVerdict(part: KernelPart, table: 'v6Prefix' | 'v6Exact', key: DataView): IndicatorVerdict {
  const { view, layout, seed } = part;
  const [a, b, c, d] = [0, 4, 8, 12].map((at) => key.getUint32(at, true)) as [number, number, number, number];
  if ((a | b | c | d) === 0) return 'none';
  const isKey = (at: number): boolean =>
    view.getUint32(at, true) === a &&
    view.getUint32(at + 4, true) === b &&
    view.getUint32(at + 8, true) === c &&
    view.getUint32(at + 12, true) === d;
  const slot = findLane(part, table, hashKey(a, b, c, d, seed), isKey);
  return slotVerdict(view, layout.regions, table, slot);
}

function rootMask(part: KernelPart, root: number): number {
  const { view, layout, seed } = part;
  const { line } = layout.regions.v6Root;
  const slot = findLane(
    part,
    'v6Root',
    hashWord(root, seed),
    (at) => view.getUint32(at, true) === root && view.getUint32(at + 4, true) !== 0,
  );
  return slot < 0 ? 0 : view.getUint32(line * lineBytes + slot * (lineBytes / lanesOf.v6Root) + 4, true);
}
