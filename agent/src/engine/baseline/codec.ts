/**
 * A baseline as bytes, in chunks of about 64 kB, so that a large one never holds up the tick; each target is whole, as
 * it was when its chunk was made. Little-endian, like every machine that the agent runs on:
 *
 *     "TGBASE" 0 1 · u32 length · header as JSON        features and pins
 *     { u32 length · target }                           name, times, then for each feature a tag and what there is
 *     u32 0 · u32 number of targets · u32 CRC-32 of everything before
 *
 * Reading checks length and checksum before anything else, and every number as it comes: bytes that only look right give
 * a baseline with odd values, never one that crashes, hangs or is larger than it may be.
 */
import { TidegateError } from '@tidegate/schemas';
import { Reader, Writer } from './bytes.ts';
import { crc32 } from './crc32.ts';
import type { Header } from './header.ts';
import { refused } from './refused.ts';
import { keptBytes } from './rows.ts';
import { slotBytes, slotCount } from './season.ts';
import type { Store } from './store.ts';
import { frozenMsMax, hourOf, type Target } from './target.ts';

const magic = Uint8Array.of(0x54, 0x47, 0x42, 0x41, 0x53, 0x45, 0, 1);
const chunkBytes = 65_536;
const nameBytesMax = 255;
const headerBytesMax = 1_048_576;
const trailerBytes = 12;
const maskBytes = Math.ceil(slotCount / 8);
const tag = { zeros: 0, row: 1, season: 2 } as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Chunks to be written one after another; the baseline may learn between two of them. */
export function* encodeChunks(header: Header, store: Store): Generator<Uint8Array, void> {
  const featureBytes = 1 + keptBytes + maskBytes + slotCount * slotBytes;
  const room = new Writer(chunkBytes + 4 + 2 + nameBytesMax + 64 + header.features.length * featureBytes);
  let crc = 0;
  const seal = (bytes: Uint8Array): Uint8Array => {
    crc = crc32(bytes, crc);
    return bytes;
  };
  const text = encoder.encode(JSON.stringify(header));
  const first = new Writer(magic.length + 4 + text.length);
  first.bytes(magic);
  first.u32(text.length);
  first.bytes(text);
  yield seal(first.take());
  let count = 0;
  for (const target of [...store.targets.values()]) {
    if (
      store.targets.get(target.name) !== target ||
      !writeTarget(room, store, target, header.features.length)
    )
      continue;
    count += 1;
    if (room.length >= chunkBytes) yield seal(room.take());
  }
  room.u32(0);
  room.u32(count);
  const last = seal(room.take());
  const end = new Writer(last.length + 4);
  end.bytes(last);
  end.u32(crc);
  yield end.take();
}

/** False where its name is too long to be kept, which no address or prefix is. */
function writeTarget(to: Writer, store: Store, target: Target, featureCount: number): boolean {
  const name = encoder.encode(target.name);
  if (name.length > nameBytesMax) return false;
  const lengthAt = to.length;
  to.u32(0);
  to.u16(name.length);
  to.bytes(name);
  for (const time of timesOf(target)) to.f64(time);
  for (let feature = 0; feature < featureCount; feature += 1) {
    const row = store.rowOf(target, feature);
    if (row <= 0) {
      to.u8(tag.zeros);
      to.u16(-row);
      continue;
    }
    const season = store.rows.seasonOf(row);
    to.u8(season === null ? tag.row : tag.season);
    to.bytes(store.rows.kept(row));
    if (season !== null) writeSeason(to, store, season);
  }
  to.setU32(lengthAt, to.length - lengthAt - 4);
  return true;
}

const timesOf = (target: Target): readonly number[] => [
  target.firstMs,
  target.markMs,
  target.olderMs,
  target.newerMs,
  target.hour,
  target.frozenMs,
  target.busy,
  target.busySum,
];

function writeSeason(to: Writer, store: Store, page: number): void {
  const slots = store.slotsOf(page);
  const mask = new Uint8Array(maskBytes);
  const isKept = (slot: number): boolean =>
    slots[slot * slotBytes] !== 0 || slots[slot * slotBytes + 1] !== 0;
  for (let slot = 0; slot < slotCount; slot += 1) if (isKept(slot)) mask[slot >> 3]! |= 1 << (slot & 7);
  to.bytes(mask);
  // Run by run: a view for each slot would be 700,000 of them for a full baseline.
  for (let slot = 0; slot < slotCount; slot += 1) {
    const first = slot;
    while (slot < slotCount && isKept(slot)) slot += 1;
    if (slot > first) to.bytes(slots.subarray(first * slotBytes, slot * slotBytes));
  }
}

/** The header, and a function that puts the targets into a store. Throws TG2016 on anything that is not whole. */
export function openEncoded(bytes: Uint8Array): {
  header: unknown;
  read: (store: Store, features: Restored) => void;
} {
  if (bytes.length < magic.length + 4 + trailerBytes || magic.some((byte, at) => bytes[at] !== byte))
    throw refused('it is not a baseline of this version');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (crc32(bytes.subarray(0, -4)) !== view.getUint32(bytes.length - 4, true))
    throw refused('its checksum does not match: it was cut or damaged');
  const from = new Reader(bytes.subarray(0, -4));
  from.bytes(magic.length);
  const length = from.u32();
  if (length > headerBytesMax) throw refused('its header is too long');
  let header: unknown;
  try {
    header = JSON.parse(decoder.decode(from.bytes(length)));
  } catch (error) {
    throw refused('its header cannot be read', error);
  }
  return { header, read: (store, features) => readTargets(from, store, features) };
}

/** Features in the order of the file, each by its place today; null for one that is no longer observed. */
export type Restored = readonly (number | null)[];

function readTargets(from: Reader, store: Store, features: Restored): void {
  try {
    let count = 0;
    for (let length = from.u32(); length > 0; length = from.u32()) {
      readTarget(new Reader(from.bytes(length)), store, features);
      count += 1;
    }
    if (from.u32() !== count) throw refused('targets are missing');
  } catch (error) {
    throw error instanceof TidegateError ? error : refused('a target does not have its shape', error);
  }
}

function readTarget(from: Reader, store: Store, features: Restored): void {
  const name = decoder.decode(from.bytes(from.u16()));
  const times = readTimes(from);
  if (store.targets.has(name)) throw refused('a target comes twice');
  const target = store.admit(name, times.newerMs);
  // More targets than there is room for today: the first ones are kept.
  if (target === null) return;
  Object.assign(target, times);
  for (const feature of features) {
    const kind = from.u8();
    const zeros = kind === tag.zeros ? from.u16() : 0;
    const kept = kind === tag.zeros ? null : from.bytes(keptBytes);
    const season = kind === tag.season ? readSeason(from) : null;
    if (feature === null) continue;
    if (kept === null) store.addZeros(target, feature, zeros);
    else store.restoreRow(target, feature, kept, season);
  }
}

type Times = Pick<
  Target,
  'firstMs' | 'markMs' | 'seenMs' | 'olderMs' | 'newerMs' | 'hour' | 'frozenMs' | 'busy' | 'busySum'
>;

/** Dates that JavaScript can tell, and amounts that are none below zero. */
function readTimes(from: Reader): Times {
  const dates = Array.from({ length: 4 }, () => from.f64());
  const hour = from.f64();
  const [frozenMs, busy, busySum] = [from.f64(), from.f64(), from.f64()];
  const [firstMs, markMs, olderMs, newerMs] = dates as [number, number, number, number];
  const sound =
    dates.every((date) => Math.abs(date) <= dateMax) &&
    Number.isInteger(hour) &&
    Math.abs(hour) <= hourOf(dateMax) &&
    frozenMs >= 0 &&
    frozenMs <= frozenMsMax &&
    busy >= 0 &&
    busySum >= 0 &&
    busy + busySum < Infinity;
  if (!sound) throw refused('a time is none');
  return { firstMs, markMs, seenMs: markMs, olderMs, newerMs, hour, frozenMs, busy, busySum };
}

/** ECMA-262: the last date there is, ms. */
const dateMax = 8.64e15;

/** The slots as they lie in a page. */
function readSeason(from: Reader): Uint8Array {
  const mask = from.bytes(maskBytes);
  const slots = new Uint8Array(slotCount * slotBytes);
  for (let slot = 0; slot < slotCount; slot += 1)
    if ((mask[slot >> 3]! >> (slot & 7)) & 1) slots.set(from.bytes(slotBytes), slot * slotBytes);
  return slots;
}
