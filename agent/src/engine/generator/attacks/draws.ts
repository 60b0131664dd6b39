/** Choices that many attack tools offer: ports, lengths and contents. */
import { utf8 } from '@tidegate/schemas';
import { Noise } from '../noise.ts';
import type { SeededRandom } from '../random.ts';
import type { Parameter, Range } from './attack.ts';

/** A value for each packet, and how it is chosen, for reports. */
export interface Chosen<Value> {
  readonly parameter: Parameter;
  next(): Value;
}

export const fixed = <Value extends number | string>(value: Value): Chosen<Value> => ({
  parameter: value,
  next: () => value,
});

export const within = (random: SeededRandom, from: number, to: number): Chosen<number> => ({
  parameter: { from, to },
  next: () => random.integer(from, to),
});

/** One of the services that an attacker takes aim at, or every port. */
export function aimedPort(
  random: SeededRandom,
  services: readonly [number, ...number[]],
  shareRandom = 0.3,
): Chosen<number> {
  return random.chance(shareRandom) ? within(random, 1, 65535) : fixed(random.pick(services));
}

/** Source ports of a tool: mostly drawn for every packet, sometimes one socket with one port. */
export function sourcePort(random: SeededRandom, shareFixed = 0.2): Chosen<number> {
  if (random.chance(shareFixed)) return fixed(random.integer(1024, 65535));
  return random.chance(0.5) ? within(random, 1024, 65535) : within(random, 0, 65535);
}

/** Lengths of payloads: one, as most tools have it, or drawn from a range. */
export function payloadLengths(
  random: SeededRandom,
  usual: readonly [number, ...number[]],
  range: Range,
): Chosen<number> {
  if (random.chance(0.65)) return fixed(random.pick(usual));
  const from = random.integer(range.from, range.to);
  return within(random, from, random.integer(from, range.to));
}

export interface Contents {
  readonly parameter: Parameter;
  /** Copy before writing into it. */
  take(bytes: number): Uint8Array;
}

/** Texts that known tools send (LOIC's default message and the like). */
const texts = ['A cat is fine too. Desudesudesu~', 'flood', '0123456789', 'GET / HTTP/1.1\r\n\r\n'] as const;

const kindsOfContents = ['noise', 'noise', 'noise', 'same', 'same', 'zero', 'byte', 'text'] as const;

/** What floods are filled with: noise for every packet, the same noise in all, one byte, or a text again and again. */
export function contents(random: SeededRandom): Contents {
  const noise = new Noise(random);
  switch (random.pick(kindsOfContents)) {
    case 'noise':
      return { parameter: 'noise', take: (bytes) => noise.take(bytes) };
    case 'same':
      return repeated('the same noise in each', noise.take(16_384).slice());
    case 'zero':
      return repeated('zero', new Uint8Array(16_384));
    case 'byte':
      return repeated('one byte', new Uint8Array(16_384).fill(random.integer(1, 255)));
    case 'text': {
      const text = utf8(random.pick(texts));
      return repeated(
        'text',
        Uint8Array.from({ length: 16_384 }, (_, index) => text[index % text.length]!),
      );
    }
  }
}

const repeated = (parameter: string, all: Uint8Array): Contents => ({
  parameter,
  take: (bytes) => all.subarray(0, bytes),
});
