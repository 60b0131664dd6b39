/** Makes up sound frames of every protocol that the program reads, for `mutate.ts` to spoil. */
import type { SeededRandom } from '../../engine/generator/random.ts';
import { readAddress, tableKey } from '../reference/address.ts';
import { destinations, sources } from './scene.ts';

type Bytes = readonly number[];

const word = (value: number): Bytes => [(value >> 8) & 255, value & 255];
const zeros = (count: number): Bytes => new Array<number>(count).fill(0);

const ports = [
  0, 17, 19, 53, 54, 67, 68, 80, 81, 111, 123, 389, 443, 500, 546, 547, 1900, 3702, 11211, 32414, 37810,
  47808, 65535,
] as const;
const payloads: readonly [Bytes, ...Bytes[]] = [
  [],
  [0, 0, 0xde, 0xad, 0xbe, 0xef],
  [0xca, 0xfe, 0xde, 0xad, 0xb0, 0],
  [0xca, 0xfe, 0, 0, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 0, 0, 0, 0, 0],
];
const extensions = [0, 43, 60, 51, 44] as const;
const lone = [50, 51, 59, 89, 103, 132, 135, 255] as const;

/** What lies behind an IP header. */
interface Upper {
  readonly protocol: number;
  readonly bytes: Bytes;
}

export function makeFrame(random: SeededRandom): Uint8Array {
  const tags = random.pick([0, 0, 0, 0, 0, 1, 2, 3]);
  const { type, bytes } = random.chance(0.01)
    ? { type: 0x0806, bytes: [...word(1), ...word(0x0800), 6, 4, ...word(1), ...zeros(20)] }
    : makeIp(random, 0);
  const tag = (): Bytes => [...word(random.pick([0x8100, 0x88a8])), ...word(random.integer(0, 4095))];
  const header = [
    2,
    0,
    0,
    0,
    0,
    2,
    2,
    0,
    0,
    0,
    0,
    1,
    ...Array.from({ length: tags }, tag).flat(),
    ...word(type),
  ];
  const padding = random.chance(0.3) ? zeros(Math.max(0, 60 - header.length - bytes.length)) : [];
  return Uint8Array.from([...header, ...bytes, ...padding]);
}

function makeIp(random: SeededRandom, depth: number): { type: number; bytes: Bytes } {
  return random.chance(0.5)
    ? { type: 0x0800, bytes: makeIpv4(random, depth) }
    : { type: 0x86dd, bytes: makeIpv6(random, depth) };
}

function addressOf(random: SeededRandom, family: 4 | 6, end: 'source' | 'destination'): Bytes {
  const { usual, rare } = destinations[family];
  const text =
    end === 'source'
      ? random.pick(sources[family])
      : random.chance(0.95)
        ? random.pick(usual)
        : random.pick(rare);
  return [...tableKey(readAddress(text)).subarray(family === 4 ? 12 : 0)];
}

const hopLimitOf = (random: SeededRandom): number => random.pick([64, 64, 64, 255, 255, 254, 9, 10, 0]);

function makeIpv4(random: SeededRandom, depth: number): Bytes {
  const { protocol, bytes } = makeUpper(random, 4, depth);
  const options = random.chance(0.2) ? random.integer(1, 10) : 0;
  const fragment = random.chance(0.2)
    ? random.pick([0x2000, 0x2001, 0x0001, 0x1000, 0x3fff, 0x0185, 0x4000, 0x8000, 0x6002])
    : random.pick([0, 0x4000]);
  const total = 20 + options * 4 + bytes.length;
  return [
    ...[
      0x45 + options,
      random.pick([0, 0xb8]),
      ...word(total),
      ...word(random.integer(0, 65535)),
      ...word(fragment),
    ],
    ...[hopLimitOf(random), protocol, 0, 0],
    ...addressOf(random, 4, 'source'),
    ...addressOf(random, 4, 'destination'),
    ...new Array<number>(options * 4).fill(1),
    ...bytes,
  ];
}

function makeIpv6(random: SeededRandom, depth: number): Bytes {
  const upper = makeUpper(random, 6, depth);
  const count = random.chance(0.4) ? random.integer(1, 8) : 0;
  const chain = Array.from({ length: count }, () => random.pick(extensions));
  const bytes = chain.flatMap((kind, index) =>
    makeExtension(random, kind, chain[index + 1] ?? upper.protocol),
  );
  bytes.push(...upper.bytes);
  return [
    ...[
      0x60,
      0,
      0,
      0,
      ...word(random.chance(0.02) ? 0 : bytes.length),
      chain[0] ?? upper.protocol,
      hopLimitOf(random),
    ],
    ...addressOf(random, 6, 'source'),
    ...addressOf(random, 6, 'destination'),
    ...bytes,
  ];
}

function makeExtension(random: SeededRandom, kind: number, next: number): Bytes {
  if (kind === 44) {
    // Mostly one that can be followed: an atomic one, or a first one.
    const field = random.pick([0, 0, 1, 1, 8, 9, 16, 0xfff8, 0x8001, 2, 6]);
    return [next, 0, ...word(field), 0, 0, 0, 7];
  }
  if (kind === 51) {
    const units = random.pick([1, 4, 4, 5]);
    return [next, units, ...zeros(units * 4 + 6)];
  }
  // A long one now and then, for what lies deep in the frame.
  const units = random.chance(0.01) ? random.integer(235, 255) : random.pick([0, 0, 0, 1, 2]);
  return [next, units, 1, 4, ...zeros(units * 8 + 4)];
}

type Maker = (random: SeededRandom, family: 4 | 6, depth: number) => Upper;

const makers: readonly [Maker, ...Maker[]] = [
  makeTcp,
  makeTcp,
  makeUdp,
  makeUdp,
  makeUdp,
  makeIcmp,
  makeIcmp,
  makeGre,
  makeNested,
  makeLone,
];

const makeUpper: Maker = (random, family, depth) => random.pick(makers)(random, family, depth);

function makePayload(random: SeededRandom): Bytes {
  const start = random.pick(payloads);
  return random.chance(0.05) ? [...start, ...zeros(random.integer(0, 1400))] : start;
}

function makeTcp(random: SeededRandom): Upper {
  const options = random.pick([0, 0, 0, 1, 5, 10]);
  const words = random.chance(0.05) ? random.integer(0, 15) : 5 + options;
  const flags = random.chance(0.5) ? random.pick([2, 16, 18, 17, 4, 20, 24]) : random.integer(0, 255);
  const header = [
    ...[...word(random.pick(ports)), ...word(random.pick(ports)), 0, 0, 0, 1, 0, 0, 0, 2],
    ...[words << 4, flags, ...word(64240), 0, 0, 0, 0],
  ];
  return {
    protocol: 6,
    bytes: [...header, ...new Array<number>(options * 4).fill(1), ...makePayload(random)],
  };
}

function makeUdp(random: SeededRandom, family: 4 | 6): Upper {
  const payload = makePayload(random);
  const dhcp = family === 4 ? ([66, 67, 68, 69] as const) : ([545, 546, 547, 548] as const);
  const [from, to] = random.chance(0.15)
    ? [random.pick(dhcp), random.pick(dhcp)]
    : [random.pick(ports), random.pick(ports)];
  const length = random.chance(0.05) ? random.pick([0, 1, 7, 8, 9]) : 8 + payload.length;
  return { protocol: 17, bytes: [...word(from), ...word(to), ...word(length), 0, 0, ...payload] };
}

function makeIcmp(random: SeededRandom, family: 4 | 6): Upper {
  const type = random.pick([0, 1, 2, 3, 8, 11, 128, 129, 132, 133, 134, 135, 136, 137]);
  const code = random.pick([0, 0, 1, 3, 4, 5]);
  const isOther = random.chance(0.05);
  return {
    protocol: (family === 4) === isOther ? 58 : 1,
    bytes: [type, code, 0, 0, ...zeros(random.pick([0, 4, 28]))],
  };
}

function makeGre(random: SeededRandom, _family: 4 | 6, depth: number): Upper {
  const flags = random.chance(0.9)
    ? random.pick([0, 0x80, 0x20, 0x10, 0xa0, 0x30, 0xb0, 0x08])
    : random.integer(0, 255);
  const version = random.chance(0.05) ? random.integer(0, 255) : 0;
  const inside = depth < 2 ? makeIp(random, depth + 1) : { type: 0x0800, bytes: zeros(8) };
  const type = random.chance(0.9) ? inside.type : random.pick([0x6558, 0x0806, 0x880b, 0x0800, 0x86dd]);
  const options = [0x80, 0x20, 0x10].filter((bit) => (flags & bit) !== 0).length;
  return { protocol: 47, bytes: [flags, version, ...word(type), ...zeros(options * 4), ...inside.bytes] };
}

/** IP in IP. */
function makeNested(random: SeededRandom, _family: 4 | 6, depth: number): Upper {
  if (depth >= 2) return makeLone(random);
  const { type, bytes } = makeIp(random, depth + 1);
  const isRight = random.chance(0.95);
  return { protocol: (type === 0x0800) === isRight ? 4 : 41, bytes };
}

function makeLone(random: SeededRandom): Upper {
  return { protocol: random.pick(lone), bytes: zeros(random.integer(0, 40)) };
}
