/**
 * Datagrams of applications that people use in crowds: calls, tunnels, QUIC. They may all have one length, as a codec's
 * frames do, and are no flood for that. An application shows in its header *and* in what differs from sender to sender.
 */
import { payloadOf } from '../packet/index.ts';
import { effectiveCount, excessShare, ramp, sourceKey } from './signals.ts';
import type { Signal } from './signals.ts';
import type { Spoofing } from './spoofing.ts';
import type { Seen, Traffic } from './traffic.ts';

interface Application {
  readonly name: string;
  readonly speaks: (payload: Uint8Array) => boolean;
  /** Bytes that each sender draws for itself. */
  readonly own: readonly [from: number, to: number];
}

const applications: readonly Application[] = [
  {
    // Version 2, and a payload type that is not one of RTCP's (RFC 3550, section 5.1; RFC 5761); own: the SSRC.
    name: 'RTP',
    speaks: (payload) =>
      payload.length >= 12 && payload[0]! >> 6 === 2 && ![72, 73, 74, 75, 76].includes(payload[1]! & 0x7f),
    own: [8, 12],
  },
  {
    // Types 1 to 4 and three zero bytes (WireGuard whitepaper, section 5.4); own: the index of the receiver.
    name: 'WireGuard',
    speaks: (payload) =>
      payload.length >= 16 &&
      payload[0]! >= 1 &&
      payload[0]! <= 4 &&
      (payload[1]! | payload[2]! | payload[3]!) === 0,
    own: [4, 8],
  },
  {
    // A client that asks for the time (RFC 5905, section 7.3): mode 3, 48 bytes; own: its clock, or a random number.
    name: 'NTP',
    speaks: (payload) => payload.length === 48 && (payload[0]! & 7) === 3,
    own: [40, 48],
  },
  {
    // Fixed bit (RFC 9000, section 17); own: connection id, and what is encrypted.
    name: 'QUIC',
    speaks: (payload) => payload.length >= 21 && (payload[0]! & 0x40) !== 0 && (payload[0]! & 0x80) === 0,
    own: [1, 9],
  },
  {
    // Content types 20 to 26, and version 1.0 or 1.2 (RFC 6347, section 4.1); own: what is encrypted.
    name: 'DTLS',
    speaks: (payload) => payload[0]! >= 20 && payload[0]! <= 26 && payload[1] === 0xfe && payload[2]! >= 0xfd,
    own: [11, 19],
  },
  {
    // Opcode and key id of data packets (OpenVPN protocol, P_DATA_V1 and P_DATA_V2); own: what is encrypted.
    name: 'OpenVPN',
    speaks: (payload) => payload.length >= 24 && [6, 9].includes(payload[0]! >> 3),
    own: [4, 12],
  },
];

const shareMin = 0.85;
const samplesMin = 20;
/** Fewer datagrams of one application say nothing of its senders. */
const ownSamplesMin = 5;

/** Below 1 where most of the datagrams speak one application's protocol, or one of several, each sender for itself. */
export function applicationSignal({ seen }: Traffic, { likelihood }: Spoofing): Signal {
  if (seen.length < samplesMin) return { factor: 1, reason: '' };
  const spoken: string[] = [];
  let rest = seen;
  for (const application of applications) {
    const speakers = rest.filter(({ packet }) => application.speaks(payloadOf(packet)));
    if (speakers.length < ownSamplesMin || !isEachForItself(speakers, application)) continue;
    spoken.push(application.name);
    rest = rest.filter((one) => !speakers.includes(one));
  }
  const share = 1 - excessShare(seen, (one) => rest.includes(one));
  if (share < shareMin) return { factor: 1, reason: '' };
  return {
    factor: 0.5 + 0.5 * ramp(likelihood, 0.6, 0.9),
    reason: `they speak ${spoken.join(' and ')}, each sender for itself`,
  };
}

function isEachForItself(speakers: readonly Seen[], { own: [from, to] }: Application): boolean {
  const senders = effectiveCount(speakers, sourceKey);
  const own = effectiveCount(speakers, ({ packet }) => payloadOf(packet).subarray(from, to).join());
  return own >= Math.min(senders, speakers.length) / 2;
}
