/** Calls and meetings: voice over RTP, its signalling, and media behind STUN. */
import { buildUdp } from '../../packet/index.ts';
import type { Ends } from '../addresses.ts';
import { Noise } from '../noise.ts';
import type { TrafficSource } from '../source.ts';
import { crowdOf, independent } from './datagrams.ts';
import type { DatagramOptions } from './datagrams.ts';
import { bytes, chance, letters } from '../bytes.ts';

/** 20 ms of G.711 a packet (RFC 3551): 12 bytes of header and 160 of voice, all of one length; 50 packets/s a call. */
export function voiceCalls(options: DatagramOptions & { readonly calls: number }): TrafficSource {
  const { random, calls } = options;
  const noise = new Noise(random);
  const crowd = crowdOf({ ...options, crowdFactor: 1 }, 20_000, calls);
  const sources = Array.from({ length: calls }, (_, call) => ({
    id: chance(random, 4),
    sequence: random.integer(0, 0xffff),
    ports: { sourcePort: 16_384 + 2 * random.integer(0, 8000), destinationPort: 10_000 + 2 * (call % 5000) },
  }));
  const build = ({ destination }: Ends): Uint8Array => {
    const number = crowd.pick(random);
    const { address, ttl } = crowd.client(number);
    const call = sources[number]!;
    call.sequence = (call.sequence + 1) & 0xffff;
    const payload = noise.take(172).slice();
    const stamp = call.sequence * 160;
    payload.set([0x80, 0, call.sequence >> 8, call.sequence & 0xff]);
    payload.set([(stamp >>> 24) & 0xff, (stamp >>> 16) & 0xff, (stamp >>> 8) & 0xff, stamp & 0xff], 4);
    payload.set(call.id, 8);
    return buildUdp({ source: address, ttl, destination, ...call.ports, payload });
  };
  return independent(options, build, { ratio: 1, payloadBytes: 172 });
}

/** Telephones register, and call through an exchange: requests, and answers of a few trunks (RFC 3261). */
export function sipSignalling(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const crowd = crowdOf(options, 20_000, 800);
  const build = ({ destination }: Ends): Uint8Array => {
    const isTrunk = random.chance(0.2);
    const { address, ttl } = crowd.client(isTrunk ? random.integer(0, 2) : crowd.pick(random));
    const start = isTrunk
      ? 'SIP/2.0 200 OK'
      : random.pick(['REGISTER sip:pbx SIP/2.0', 'OPTIONS sip:pbx SIP/2.0']);
    const text = `${start}\r\nVia: SIP/2.0/UDP 10.0.0.${random.integer(1, 250)};branch=z9hG4bK${letters(random, 10)}\r\nFrom: <sip:${random.integer(100, 999)}@pbx>;tag=${letters(random, 8)}\r\nCSeq: ${random.integer(1, 999)} REGISTER\r\nContent-Length: 0\r\n\r\n`;
    return buildUdp({
      source: address,
      ttl,
      destination,
      sourcePort: isTrunk ? 5060 : random.pick([5060, random.integer(1024, 65535)]),
      destinationPort: 5060,
      payload: bytes(text),
    });
  };
  return independent(options, build, { ratio: 1, payloadBytes: 400 });
}

/** A media server for meetings: video of 500 to 1,200 bytes and voice, and binding requests (RFC 8489) now and then. */
export function meetings(options: DatagramOptions): TrafficSource {
  const { random } = options;
  const noise = new Noise(random);
  const crowd = crowdOf(options, 30_000, 300, 1.5);
  const build = ({ destination }: Ends): Uint8Array => {
    const number = crowd.pick(random);
    const { address, ttl } = crowd.client(number);
    const kind = random.float();
    const payload =
      kind < 0.02
        ? bytes(0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, chance(random, 12), 0x80, 0x28, 0, 4, chance(random, 4))
        : noise.take(kind < 0.3 ? random.integer(80, 160) : random.integer(500, 1180)).slice();
    if (kind >= 0.02) payload[0] = 0x80 | random.pick([0, 0x10]);
    return buildUdp({
      source: address,
      ttl,
      destination,
      sourcePort: 40_000 + ((number * 37) % 25_000),
      destinationPort: 3478,
      payload,
    });
  };
  return independent(options, build, { ratio: 2.5, payloadBytes: 1000 });
}
