/**
 * Loads sets of threat indicators into the kernel, and says which feed and entry a source is from.
 *
 * Promises: no packet meets half a set; the thread of the ticks is never held for more than some ms, because files
 * are read and maps are made and swapped by threads of the pool, and the rest goes in slices; a set that cannot be
 * loaded leaves the one before in force. A set is checked as a whole before any of it is used.
 *
 * There are two places. A set is made in the one that is not in force, then the program is told in one word. What
 * was in force before is let go of when that has been done.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { indicatorHash, openIndicatorSet, TidegateError, type IndicatorSet } from '@tidegate/schemas';
import { libbpf, orThrow } from '../libbpf.ts';
import { closeFd, mapFd, type Mapping } from '../libc.ts';
import type { Datapath } from './index.ts';
import { structs, touchedWords } from './layout.ts';

const arrayMap = 2;
const mapFlag = { mmapable: 1 << 10, inner: 1 << 12 };
const bytesMax = 512 * 2 ** 20;
const lineBytes = structs.tg_line.size;
const rootLanes = 8;
const wordsPerLine = lineBytes / 4;
const lanesPerSlice = 32_768;
const chunkBytes = 4 * 2 ** 20;
const dropsWord = structs.tg_config.fields.indicator_drops >> 2;
const halfWord = structs.tg_config.fields.indicator_half >> 2;

/** A set that is in force. */
export interface LoadedIndicators extends Pick<IndicatorSet, 'feeds' | 'counts' | 'builtAt'> {
  /** Whether it holds entries that drop; those are asked for with every packet. */
  readonly drops: boolean;
  /** Every entry that holds an address (16 bytes, IPv4 mapped), the narrowest first. */
  readonly matchesOf: IndicatorSet['matchesOf'];
}

export interface IndicatorLoader {
  /** Puts the set of a file into force. Rejects with TG2015 for a bad file, TG2001 where the kernel refuses. */
  load(path: string): Promise<LoadedIndicators>;
  /** From here on no source is an indicator. */
  unload(): Promise<void>;
  /** The set in force; null for none, also where an earlier process loaded it. */
  readonly current: () => LoadedIndicators | null;
  /** Lets go of the file; what is in force in the kernel stays. */
  close(): void;
}

export function createIndicatorLoader(datapath: Datapath): IndicatorLoader {
  const words = datapath.maps.config.u32;
  let inForce: { readonly set: LoadedIndicators; readonly file: Mapping } | null = null;
  /** One after another: there are two places only. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const letGo = (): void => {
    inForce?.file.release();
    inForce = null;
  };
  return {
    load: async (path) =>
      await inTurn(async () => {
        const before = words[halfWord]!;
        const half = before === 1 ? 1 : 0;
        const { set, file } = await place(datapath, path, half);
        const bit = 1 << half;
        if (set.drops) Atomics.or(words, dropsWord, bit);
        else Atomics.and(words, dropsWord, ~bit);
        Atomics.store(words, halfWord, half + 1);
        letGo();
        inForce = { set, file };
        if (before !== 0) await clear(datapath, before - 1);
        return set;
      }),
    unload: async () => {
      await inTurn(async () => {
        const before = words[halfWord]!;
        Atomics.store(words, halfWord, 0);
        letGo();
        if (before !== 0) await clear(datapath, before - 1);
      });
    },
    current: () => inForce?.set ?? null,
    close: letGo,
  };
}

/** Makes a set in the place that is not in force. */
async function place(
  datapath: Datapath,
  path: string,
  half: number,
): Promise<{ set: LoadedIndicators; file: Mapping }> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > bytesMax)
      throw new TidegateError(
        'TG2015',
        `The indicator set has ${size} bytes; at most ${bytesMax} are loaded.`,
      );
    const file = mapFd(handle.fd, size, { writable: false });
    try {
      const set = openIndicatorSet(new Uint8Array(file.buffer));
      await fill(datapath, set, handle, half);
      return {
        set: {
          feeds: set.feeds,
          counts: set.counts,
          builtAt: set.builtAt,
          drops: set.someDrop,
          matchesOf: (address) => set.matchesOf(address),
        },
        file,
      };
    } catch (error) {
      file.release();
      throw error;
    }
  } finally {
    await handle.close();
  }
}

async function fill(datapath: Datapath, set: IndicatorSet, handle: FileHandle, half: number): Promise<void> {
  const { kernelLines, regions } = set.layout;
  const fd = await createLines(kernelLines);
  try {
    const memory = mapFd(fd, kernelLines * lineBytes, { writable: true });
    try {
      await readInto(handle, new Uint8Array(memory.buffer), 0);
      if (set.someDrop) await fillTouched(datapath, new Uint32Array(memory.buffer), regions, half);
    } finally {
      memory.release();
    }
    await putLines(datapath, half, fd);
  } finally {
    closeFd(fd);
  }
}

/** Straight from the file into the kernel's memory, by threads of the pool. */
async function readInto(handle: FileHandle, target: Uint8Array, from: number): Promise<void> {
  for (let at = 0; at < target.length;) {
    const { bytesRead } = await handle.read(target, at, Math.min(chunkBytes, target.length - at), from + at);
    if (bytesRead === 0)
      throw new TidegateError('TG2015', 'The indicator set became shorter while it was read.');
    at += bytesRead;
  }
}

type Regions = IndicatorSet['layout']['regions'];

/** Near which sources there is an entry that drops. */
async function fillTouched(
  { maps }: Datapath,
  lines: Uint32Array,
  regions: Regions,
  half: number,
): Promise<void> {
  const ipv4 = bitmapOf(maps.touchedIpv4.u32, touchedWords.ipv4, half);
  const covered = regions.v4CoveredDrop.line * wordsPerLine;
  if (covered === 0) ipv4.fill(0);
  else ipv4.set(lines.subarray(covered, covered + ipv4.length));
  await touchIpv4(ipv4, lines, regions.v4Exact, regions.v4ExactDrop);
  await touchIpv4(ipv4, lines, regions.v4Block, regions.v4BlockDrop);
  const ipv6 = bitmapOf(maps.touchedIpv6.u32, touchedWords.ipv6, half);
  ipv6.fill(0);
  await touchIpv6(ipv6, lines, regions.v6Root);
}

const bitmapOf = (words: Uint32Array, words64: number, half: number): Uint32Array =>
  words.subarray(half * words64 * 2, (half + 1) * words64 * 2);

const setBit = (bitmap: Uint32Array, bit: number): void => {
  bitmap[bit >>> 5] = bitmap[bit >>> 5]! | (1 << (bit & 31));
};

type Region = Regions['v4Exact'];

async function touchIpv4(
  bitmap: Uint32Array,
  lines: Uint32Array,
  table: Region,
  drops: Region,
): Promise<void> {
  if (drops.line === 0) return;
  const [first, verdicts] = [table.line * wordsPerLine, drops.line * wordsPerLine];
  for (let lane = 0; lane < table.lines * wordsPerLine; lane++) {
    if (lane % lanesPerSlice === lanesPerSlice - 1) await yieldToOthers();
    if (((lines[verdicts + (lane >>> 5)]! >>> (lane & 31)) & 1) === 1)
      setBit(bitmap, lines[first + lane]! >>> 8);
  }
}

/** What in a /32 drops is not told by its mask, so all of them count as near. */
async function touchIpv6(bitmap: Uint32Array, lines: Uint32Array, root: Region): Promise<void> {
  for (let lane = 0; lane < root.lines * rootLanes; lane++) {
    if (lane % lanesPerSlice === lanesPerSlice - 1) await yieldToOthers();
    const at = root.line * wordsPerLine + lane * 2;
    if (lines[at + 1] !== 0) setBit(bitmap, indicatorHash(lines[at]!, 0) & (bitmap.length * 32 - 1));
  }
}

async function createLines(entries: number): Promise<number> {
  // struct bpf_map_create_opts: size, descriptors of types, flags.
  const options = new DataView(new ArrayBuffer(48));
  options.setBigUint64(0, 48n, true);
  options.setUint32(28, mapFlag.mmapable | mapFlag.inner, true);
  const { mapCreateAsync } = libbpf();
  const fd = await mapCreateAsync(
    arrayMap,
    'indicators',
    4,
    lineBytes,
    entries,
    new Uint8Array(options.buffer),
  );
  return orThrow(fd, 'make the map of indicators');
}

async function putLines({ indicatorsFd }: Datapath, half: number, fd: number): Promise<void> {
  const number = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
  const code = await libbpf().mapUpdateAsync(indicatorsFd, number(half), number(fd), 0);
  orThrow(code, 'put the map of indicators into its place');
}

/** Gives the memory of a place back. */
async function clear(datapath: Datapath, half: number): Promise<void> {
  const fd = await createLines(1);
  try {
    await putLines(datapath, half, fd);
  } finally {
    closeFd(fd);
  }
}
