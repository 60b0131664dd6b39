import { describe, expect, it } from 'vitest';
import { buildUdp, parsePacket } from '../packet/index.ts';
import { fragmented } from './fragments.ts';

const datagram = (source: string, destination: string, bytes: number): Uint8Array =>
  buildUdp({
    source,
    destination,
    sourcePort: 53,
    destinationPort: 5353,
    payload: Uint8Array.from({ length: bytes }, (_, index) => index % 251),
  });

describe.each([
  ['IPv4', '192.0.2.1', '203.0.113.10', 20, 20],
  ['IPv6', '2001:db8::1', '2001:db8::10', 40, 48],
])('over %s', (_, source, destination, headerBytes, fragmentHeaderBytes) => {
  it('leaves a packet that fits as it is', () => {
    const packet = datagram(source, destination, 100);
    expect(fragmented(packet, 1500, 7)).toEqual([packet]);
  });

  it('cuts one that does not, so that the pieces put together are the packet', () => {
    const packet = datagram(source, destination, 4000);
    const pieces = fragmented(packet, 1500, 7);
    expect(pieces).toHaveLength(3);
    expect(pieces.map((piece) => parsePacket(piece)!.fragment)).toEqual(['first', 'trailing', 'trailing']);
    for (const piece of pieces) {
      expect(piece.length).toBeLessThanOrEqual(1500);
      expect(parsePacket(piece)!.length).toBe(piece.length);
    }
    const whole = pieces.flatMap((piece) => [...piece.subarray(fragmentHeaderBytes)]);
    expect(whole).toEqual([...packet.subarray(headerBytes)]);
    expect(parsePacket(pieces[0]!)!.sourcePort).toBe(53);
  });
});
