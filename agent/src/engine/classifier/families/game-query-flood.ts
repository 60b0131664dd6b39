/**
 * Game query flood: questions that game servers answer to anybody: Valve's A2S (0xffffffff and a letter, as Quake's
 * before it), RakNet's pings and connection requests (with its magic bytes), Minecraft's query (0xfefd), SA-MP, TeamSpeak.
 * Server browsers ask such questions, too, but each client a few.
 */
import { ipProtocol, payloadOf, startsWithBytes, startsWithText } from '../../packet/index.ts';
import { flood } from '../flood.ts';
import { sameLengthMark, spoofMark } from '../marks.ts';
import { marksSignal } from '../signals.ts';
import type { Seen } from '../traffic.ts';

/** Offline message id of RakNet. */
const rakNetMagic = [0x00, 0xff, 0xff, 0x00, 0xfe, 0xfe, 0xfe, 0xfe, 0xfd, 0xfd, 0xfd, 0xfd];
const connectionless = [0xff, 0xff, 0xff, 0xff];
/** Info, players, rules, challenge and ping (Valve developer wiki, server queries). */
const valveQueries = 'TUVWi';

function isQuery(payload: Uint8Array): boolean {
  if (startsWithBytes(payload, connectionless))
    return (
      (payload.length > 4 && valveQueries.includes(String.fromCharCode(payload[4]!))) || isQuake(payload)
    );
  // Unconnected pings 0x01 and 0x02 carry a time before the magic bytes, connection requests 0x05 and 0x07 do not.
  const first = payload[0];
  if (first === 0x01 || first === 0x02) return startsWithBytes(payload, rakNetMagic, 9);
  if (first === 0x05 || first === 0x07) return startsWithBytes(payload, rakNetMagic, 1);
  if (startsWithBytes(payload, [0xfe, 0xfd])) return payload[2] === 0x00 || payload[2] === 0x09;
  return startsWithText(payload, 'SAMP') || startsWithText(payload, 'TS3INIT1');
}

const isQuake = (payload: Uint8Array): boolean =>
  ['getinfo', 'getstatus', 'getchallenge', 'connect', 'rcon'].some((word) =>
    startsWithText(payload, word, 4),
  );

const isMember = ({ packet }: Seen): boolean =>
  packet.protocol === ipProtocol.udp && packet.sourcePort !== null && isQuery(payloadOf(packet));

export const gameQueryFlood = flood({
  name: 'game_query_flood',
  title: 'questions to a game server',
  counter: 'udpPackets',
  isMember,
  conditions: () => ({ protocol: ipProtocol.udp }),
  signals: (_scene, members, spoofing) => [
    marksSignal([spoofMark(spoofing), sameLengthMark(members, 0.5)], 0.9),
  ],
});
