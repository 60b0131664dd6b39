import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildIcmp,
  buildIp,
  buildTcp,
  buildUdp,
  parsePacket,
  sourceBytes,
  sourceOf,
} from '../../engine/packet/index.ts';
import { foldChecksum, sumWords, transportChecksum } from '../../engine/packet/checksum.ts';
import type { Sample } from '../../engine/types.ts';
import { Anonymiser, keyBytes } from './anonymiser.ts';

const secret = Uint8Array.from({ length: keyBytes }, (_, index) => index * 7);
const target = '203.0.113.10';
const target6 = '2001:db8::10';
const sampleOf = (data: Uint8Array): Sample => ({
  target,
  atNs: 0,
  length: data.length,
  rate: 1,
  data: data.slice(0, 128),
});
const hidden = (data: Uint8Array, anonymiser = new Anonymiser(secret)): Uint8Array =>
  anonymiser.hide(sampleOf(data)).data;
const udp = (source: string, payload = new Uint8Array(40)): Uint8Array =>
  buildUdp({
    source,
    destination: source.includes(':') ? target6 : target,
    sourcePort: 5,
    destinationPort: 53,
    payload,
  });

/** How many leading bits two addresses share. */
function sharedBits(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? a.length * 8 : at * 8 + Math.clz32(a[at]! ^ b[at]!) - 24;
}
const addressOf = (data: Uint8Array): Uint8Array => sourceBytes(parsePacket(data)!);

const address = fc
  .oneof(
    fc.ipV4(),
    fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }).map(
      (words) =>
        `2${
          words
            .map((word) => word.toString(16))
            .join(':')
            .slice(1) || '001'
        }`,
    ),
  )
  .filter((text) => {
    try {
      udp(text);
      return true;
    } catch {
      return false;
    }
  });

describe('a source', () => {
  it('becomes another one, always the same, under another key another one', () => {
    const anonymiser = new Anonymiser(secret);
    const first = sourceOf(parsePacket(hidden(udp('198.51.100.7'), anonymiser))!);
    expect(first).not.toBe('198.51.100.7');
    expect(sourceOf(parsePacket(hidden(udp('198.51.100.7'), anonymiser))!)).toBe(first);
    expect(sourceOf(parsePacket(hidden(udp('198.51.100.7'), new Anonymiser()))!)).not.toBe(first);
  });

  it('shares as many leading bits with every other one as before', () => {
    const anonymiser = new Anonymiser(secret);
    fc.assert(
      fc.property(address, address, (one, other) => {
        const [a, b] = [udp(one), udp(other)];
        const before = sharedBits(addressOf(a), addressOf(b));
        const after = sharedBits(addressOf(hidden(a, anonymiser)), addressOf(hidden(b, anonymiser)));
        // Of two families nothing can be said.
        if (one.includes(':') === other.includes(':')) expect(after).toBe(before);
      }),
    );
  });

  it('is gone from the bytes, and nothing else of the packet has changed but checksums', () => {
    const before = udp('198.51.100.7');
    const after = hidden(before);
    const changed = [...after.keys()].filter((index) => after[index] !== before[index]);
    expect(changed.every((index) => [10, 11, 12, 13, 14, 15, 26, 27].includes(index))).toBe(true);
  });
});

describe('checksums', () => {
  const isSound = (data: Uint8Array): void => {
    const packet = parsePacket(data)!;
    const start = packet.version === 4 ? 20 : 40;
    if (packet.version === 4) expect(foldChecksum(sumWords(data, 0, 20))).toBe(0);
    const [from, to] = packet.version === 4 ? [12, 16] : [8, 24];
    const segment = data.slice(start);
    if (packet.protocol === 1) expect(foldChecksum(sumWords(segment, 0, segment.length))).toBe(0);
    else
      expect(
        transportChecksum(data.slice(from, to), data.slice(to, to + to - from), packet.protocol, segment),
      ).toBe(0);
  };

  it('of TCP, UDP and ICMP are right over the new source, IPv4 and IPv6', () => {
    fc.assert(
      fc.property(address, fc.uint8Array({ maxLength: 40 }), (source, payload) => {
        const destination = source.includes(':') ? target6 : target;
        const ends = { source, destination, sourcePort: 7, destinationPort: 80, payload };
        for (const built of [buildTcp({ ...ends, flags: 2 }), buildUdp(ends)]) isSound(hidden(built));
        isSound(
          hidden(
            buildIcmp({
              source,
              destination,
              type: source.includes(':') ? 128 : 8,
              body: payload.slice(0, payload.length & ~1),
            }),
          ),
        );
      }),
    );
  });

  it('of a datagram that has none stay away', () => {
    const data = udp('198.51.100.7');
    data.set([0, 0], 26);
    expect([...hidden(data).slice(26, 28)]).toEqual([0, 0]);
  });
});

describe('what may hold another address', () => {
  it('is cut off: the packet in an ICMP error, and what a tunnel carries', () => {
    const inner = udp('198.51.100.7');
    const body = Uint8Array.of(0, 0, 0, 0, ...inner);
    expect(hidden(buildIcmp({ source: '192.0.2.1', destination: target, type: 3, body }))).toHaveLength(28);
    expect(
      hidden(buildIcmp({ source: '192.0.2.1', destination: target, type: 8, body })).length,
    ).toBeGreaterThan(28);
    expect(hidden(buildIcmp({ source: '2001:db8::1', destination: target6, type: 1, body }))).toHaveLength(
      48,
    );
    for (const protocol of [4, 47])
      expect(hidden(buildIp({ source: '192.0.2.1', destination: target }, protocol, inner))).toHaveLength(20);
  });

  it('and what is no IP packet, keeps nothing', () => {
    expect(hidden(Uint8Array.of(0x15, 198, 51, 100, 7))).toEqual(Uint8Array.of(0x15));
  });

  it('never throws, whatever the bytes', () => {
    const anonymiser = new Anonymiser(secret);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 128 }),
        fc.constantFrom(0x45, 0x4f, 0x60, 0x46),
        (data, first) => {
          data[0] = first;
          expect(hidden(data, anonymiser).length).toBeLessThanOrEqual(128);
        },
      ),
    );
  });
});
