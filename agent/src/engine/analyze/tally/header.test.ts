import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildIcmp,
  buildIp,
  buildTcp,
  buildUdp,
  countPacket,
  destinationOf,
  parsePacket,
  sourceOf,
} from '../../packet/index.ts';
import { counterNames } from '../../types.ts';
import { Header } from './header.ts';
import { wordsText } from './address.ts';

const row = (): Float64Array => new Float64Array(counterNames.length);

/** What the lean reader counts, as a row; null where it finds no packet. */
function counted(bytes: Uint8Array, from = 0): Float64Array | null {
  const header = new Header();
  if (!header.read(bytes, from, bytes.length, bytes.length - from)) return null;
  const counts = row();
  for (let index = 0; index < header.counted; index++) counts[header.counters[index]!]! += 1;
  for (let index = 0; index < header.bytesCounted; index++)
    counts[header.byteCounters[index]!]! += header.length;
  return counts;
}

function expected(bytes: Uint8Array): Float64Array | null {
  const packet = parsePacket(bytes);
  if (packet === null) return null;
  const counts = row();
  countPacket(counts, packet);
  return counts;
}

const port = fc.constantFrom(0, 53, 123, 389, 443, 11_211, 40_000, 65_535);
const ends = fc.constantFrom(
  { source: '192.0.2.1', destination: '203.0.113.7' },
  { source: '2001:db8::1', destination: '2001:db8:1::7' },
);
const fragment = fc.constantFrom(
  undefined,
  { offsetBytes: 0, more: true },
  { offsetBytes: 1480, more: false },
);
const payload = fc.uint8Array({ maxLength: 60 });

const packet = fc
  .tuple(ends, port, port, payload, fragment, fc.nat(255), fc.constantFrom('udp', 'tcp', 'icmp', 'other'))
  .map(([addresses, sourcePort, destinationPort, data, part, byte, kind]) => {
    const fields = { ...addresses, ...(part === undefined ? {} : { fragment: part }) };
    const transport = { ...fields, sourcePort, destinationPort, payload: data };
    if (kind === 'udp') return buildUdp(transport);
    if (kind === 'tcp') return buildTcp({ ...transport, flags: byte });
    if (kind === 'icmp') return buildIcmp({ ...fields, type: byte, body: data });
    return buildIp(fields, byte, data);
  });

describe('counts exactly what parsePacket and countPacket count', () => {
  it('for packets that are sound, also cut off', () => {
    fc.assert(
      fc.property(packet, fc.nat(120), (bytes, length) => {
        const kept = bytes.subarray(0, Math.max(1, bytes.length - (length > 60 ? 0 : length)));
        expect(counted(kept)).toEqual(expected(kept));
      }),
      { numRuns: 1000 },
    );
  });

  it('for packets whose bytes were changed, and for any bytes', () => {
    const changed = fc
      .tuple(packet, fc.array(fc.tuple(fc.nat(59), fc.nat(255)), { maxLength: 4 }))
      .map(([bytes, changes]) => {
        const copy = bytes.slice();
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        // A length of 0 is filled in from the frame, which parsePacket does not know.
        if (bytes[0] !== undefined && bytes[0] >> 4 === 4 && bytes[2] === 0 && bytes[3] === 0) return;
        expect(counted(bytes)).toEqual(expected(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});

it('reads the addresses, from anywhere in a buffer', () => {
  fc.assert(
    fc.property(packet, fc.nat(30), (bytes, from) => {
      const buffer = new Uint8Array(from + bytes.length).fill(0x45);
      buffer.set(bytes, from);
      const header = new Header();
      expect(header.read(buffer, from, buffer.length, bytes.length)).toBe(true);
      const parsed = parsePacket(bytes)!;
      expect(wordsText(header.source)).toBe(sourceOf(parsed));
      expect(wordsText(header.destination)).toBe(destinationOf(parsed));
    }),
  );
});

it('takes the length of a packet that says 0 from its frame', () => {
  const bytes = buildTcp({
    source: '192.0.2.1',
    destination: '192.0.2.2',
    sourcePort: 1,
    destinationPort: 2,
    flags: 16,
  });
  bytes[2] = 0;
  bytes[3] = 0;
  const header = new Header();
  expect(header.read(bytes, 0, bytes.length, 9000)).toBe(true);
  expect(header.length).toBe(9000);
});
