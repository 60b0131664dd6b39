import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  buildIcmp,
  buildIp,
  buildTcp,
  buildUdp,
  countPacket as countParsed,
  destinationBytes,
  parsePacket,
  synOptions,
} from '../../engine/packet/index.ts';
import { counterNames } from '../../engine/types.ts';
import { countPacket } from './count.ts';
import { rowCounters } from './memory.ts';
import { PacketReader } from './packet.ts';

const wide = 1 << 20;

/** What both readings make of the same bytes. */
function compare(bytes: Uint8Array): void {
  const reader = new PacketReader();
  const isRead = reader.read(bytes, 0, bytes.length, wide);
  const parsed = parsePacket(bytes);
  // Where the header's length contradicts itself the engine reads nothing; here what arrived is counted.
  if (parsed === null) return;
  expect(isRead).toBe(true);
  const destination = new DataView(destinationBytes(parsed).buffer);
  expect([...reader.destination]).toEqual([0, 4, 8, 12].map((at) => destination.getInt32(at)));
  const [ours, theirs] = [new Float64Array(rowCounters), new Float64Array(counterNames.length)];
  if (parsed.version === 6 && parsed.length === 40) return;
  countPacket(ours, 0, reader);
  countParsed(theirs, parsed);
  expect([...ours.subarray(0, counterNames.length)]).toEqual([...theirs]);
}

const addresses = [
  { source: '192.0.2.1', destination: '203.0.113.9' },
  { source: '2001:db8:1::1', destination: '2001:db8::ff:9' },
];
const built = addresses.flatMap((ip) => [
  buildUdp({ ...ip, sourcePort: 53, destinationPort: 5000, payload: new Uint8Array(300) }),
  buildUdp({ ...ip, sourcePort: 11211, destinationPort: 1 }),
  buildTcp({ ...ip, sourcePort: 1, destinationPort: 80, flags: 2, options: synOptions.linux }),
  buildTcp({ ...ip, sourcePort: 1, destinationPort: 80, flags: 16 }),
  ...[8, 0, 3, 128, 129, 1].map((type) => buildIcmp({ ...ip, type })),
  buildIp(ip, 47, new Uint8Array(24)),
  buildIp(ip, 50, new Uint8Array(24)),
  buildIp({ ...ip, fragment: { offsetBytes: 0, more: true } }, 17, new Uint8Array(16)),
  buildIp({ ...ip, fragment: { offsetBytes: 64, more: false } }, 6, new Uint8Array(24)),
  // Hop-by-hop, destination options, authentication, then UDP.
  buildIp(
    ip,
    0,
    Uint8Array.of(
      60,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      51,
      1,
      ...new Uint8Array(14),
      17,
      1,
      ...new Uint8Array(10),
      0,
      53,
      0,
      7,
      0,
      8,
      0,
      0,
    ),
  ),
]);

test('reads and counts what was built as the engine does', () => {
  for (const packet of built) compare(packet);
});

test('reads and counts mangled and cut packets as the engine does', () => {
  const mangled = fc
    .tuple(
      fc.constantFrom(...built),
      fc.array(fc.tuple(fc.nat(59), fc.nat(255)), { maxLength: 4 }),
      fc.integer({ min: 0, max: 120 }),
    )
    .map(([packet, changes, length]) => {
      const bytes = packet.slice(0, length);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes;
    });
  fc.assert(fc.property(mangled, compare), { numRuns: 5000 });
});

test('nothing is read behind the packet’s own end, and no atomic fragment ends a real one', () => {
  for (const packet of built) {
    for (const length of [packet.length - 1, packet.length - 5, 21, 41]) {
      const padded = Uint8Array.from([...packet, ...new Uint8Array(30).fill(53)]);
      const isIpv4 = packet[0]! >> 4 === 4;
      new DataView(padded.buffer).setUint16(isIpv4 ? 2 : 4, Math.max(1, isIpv4 ? length : length - 40));
      compare(padded);
    }
  }
  const udp = built.find((packet) => packet[0]! >> 4 === 6)!;
  const [header, rest] = [udp.slice(0, 40), udp.subarray(40)];
  header[6] = 44;
  const fragment = (next: number, more: number): number[] => [next, 0, 0, more, 0, 0, 0, 9];
  new DataView(header.buffer).setUint16(4, 16 + rest.length);
  compare(Uint8Array.from([...header, ...fragment(44, 1), ...fragment(17, 0), ...rest]));
});

test('a length that is claimed beyond what arrived, or below the header, is what arrived', () => {
  const reader = new PacketReader();
  const packet = buildUdp({ ...addresses[0]!, sourcePort: 1, destinationPort: 2 });
  packet[2] = 0xff;
  reader.read(packet, 0, packet.length, packet.length);
  expect(reader.length).toBe(28);
  packet.set([0, 10], 2);
  reader.read(packet, 0, packet.length, packet.length);
  expect(reader.length).toBe(28);
});
