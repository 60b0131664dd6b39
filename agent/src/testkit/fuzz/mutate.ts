/** Spoils frames: bits, bytes, lengths, cuts, insertions, splices. */
import type { SeededRandom } from '../../engine/generator/random.ts';

/** The kernel runs a program over no shorter frame. */
export const frameBytesMin = 14;
/** What fits into one page beside the kernel's own: all of it can be read at once. */
export const frameBytesMax = 3000;

/** Where headers are. */
const headerBytes = 110;

const values = [
  0, 1, 2, 4, 5, 6, 7, 8, 0x0f, 17, 0x11, 41, 43, 44, 46, 47, 50, 51, 58, 59, 60, 0x40, 0x44, 0x45, 0x46,
  0x4f, 0x60, 0x7f, 0x80, 0x81, 0x86, 0x88, 0xa8, 0xdd, 0xfe, 0xff,
] as const;

type Mutation = (frame: Uint8Array, random: SeededRandom, other: () => Uint8Array) => Uint8Array;

/** A place in the frame, mostly where headers are. */
const place = (frame: Uint8Array, random: SeededRandom): number => {
  const end = random.chance(0.9) ? Math.min(frame.length, headerBytes) : frame.length;
  return random.integer(random.chance(0.9) ? Math.min(12, end - 1) : 0, end - 1);
};

const flipBit: Mutation = (frame, random) => {
  const at = place(frame, random);
  frame[at] = frame[at]! ^ (1 << random.integer(0, 7));
  return frame;
};

const setByte: Mutation = (frame, random) => {
  frame[place(frame, random)] = random.chance(0.7) ? random.pick(values) : random.integer(0, 255);
  return frame;
};

/** A number that says a little more, or a little less, than is true. */
const nudge: Mutation = (frame, random) => {
  const at = Math.min(place(frame, random), frame.length - 2);
  const value = ((frame[at]! << 8) | frame[at + 1]!) + random.integer(-12, 12);
  frame[at] = (value >> 8) & 255;
  frame[at + 1] = value & 255;
  return frame;
};

/** The IP packet ends earlier than the frame, by its own header: what is left is padding. */
const shorten: Mutation = (frame, random) => {
  const isIpv6 = frame[12] === 0x86;
  const at = isIpv6 ? 18 : 16;
  if (frame.length < 54) return frame;
  const length = random.integer(isIpv6 ? 0 : 20, Math.min(frame.length, headerBytes) - 14);
  frame[at] = 0;
  frame[at + 1] = length;
  return frame;
};

const truncate: Mutation = (frame, random) => frame.slice(0, place(frame, random) + 1);

const extend: Mutation = (frame, random) => {
  const longer = new Uint8Array(frame.length + random.integer(1, 50));
  if (random.chance(0.5)) longer.fill(random.integer(0, 255));
  longer.set(frame);
  return longer;
};

const insert: Mutation = (frame, random) => {
  const at = place(frame, random);
  const bytes = Array.from({ length: random.pick([1, 2, 4, 8]) }, () => random.pick(values));
  return Uint8Array.from([...frame.subarray(0, at), ...bytes, ...frame.subarray(at)]);
};

const remove: Mutation = (frame, random) => {
  const at = place(frame, random);
  return Uint8Array.from([...frame.subarray(0, at), ...frame.subarray(at + random.pick([1, 2, 4, 8]))]);
};

/** The beginning of one frame and the end of another. */
const splice: Mutation = (frame, random, other) => {
  const tail = other();
  return Uint8Array.from([...frame.subarray(0, place(frame, random)), ...tail.subarray(place(tail, random))]);
};

const mutations: readonly [Mutation, ...Mutation[]] = [
  flipBit,
  flipBit,
  setByte,
  setByte,
  nudge,
  shorten,
  truncate,
  extend,
  insert,
  remove,
  splice,
];

/** Changes nothing in two frames of five. */
export function mutate(frame: Uint8Array, random: SeededRandom, other: () => Uint8Array): Uint8Array {
  let spoiled = frame;
  const times = random.pick([0, 0, 1, 2, 4]);
  for (let time = 0; time < times; time++)
    if (spoiled.length > frameBytesMin) spoiled = random.pick(mutations)(spoiled, random, other);
  if (spoiled.length > frameBytesMax) return spoiled.subarray(0, frameBytesMax);
  if (spoiled.length >= frameBytesMin) return spoiled;
  const least = new Uint8Array(frameBytesMin);
  least.set(spoiled);
  return least;
}
