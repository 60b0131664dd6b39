/** Chargen and QOTD, and what answers calls and sessions: STUN, SIP, OpenVPN, QUIC. */
import { big16, big32, bytes, chance, letters } from '../../bytes.ts';
import type { AmplifyingService } from './service.ts';

/** Lines of 72 of the 95 printing characters, each beginning one further (RFC 864); answers of 0 to 512 bytes and more. */
export const chargenAmplifier: AmplifyingService = {
  name: 'chargen',
  port: 19,
  reflectors: { from: 100, to: 3000 },
  answers(random) {
    const length = random.pick([74, 512, 1022, random.integer(200, 1472), 3000]);
    const first = random.chance(0.7) ? 0 : random.integer(0, 94);
    let text = '';
    for (let line = first; text.length < length; line++) {
      for (let at = 0; at < 72; at++) text += String.fromCharCode(32 + ((line + at) % 95));
      text += '\r\n';
    }
    return [bytes(text.slice(0, length))];
  },
};

const quotes = [
  '"My spelling is Wobbly. It\'s good spelling but it Wobbles, and the letters get in the wrong places." A. A. Milne (1882-1958)\r\n',
  '"When a stupid man is doing something he is ashamed of, he always declares that it is his duty." George Bernard Shaw (1856-1950)\r\n',
  '"We want a few mad people now. See where the sane ones have landed us!" George Bernard Shaw (1856-1950)\r\n',
  '"Man can climb to the highest summits, but he cannot dwell there long." George Bernard Shaw (1856-1950)\r\n',
] as const;

/** One short text (RFC 865); Windows' simple TCP/IP services bring a dozen of them. */
export const qotdAmplifier: AmplifyingService = {
  name: 'qotd',
  port: 17,
  reflectors: { from: 50, to: 1500 },
  answers: (random) => [bytes(random.pick(quotes))],
};

/** Binding success (RFC 8489): magic cookie, the address as asked for, software. */
export const stunAmplifier: AmplifyingService = {
  name: 'stun',
  port: 3478,
  reflectors: { from: 300, to: 5000 },
  echoes: { from: 8, to: 19 },
  answers(random) {
    const software = bytes(random.pick(["Coturn-4.5.2 'dan Eider'   ", 'None', 'Restund STUN']).padEnd(28));
    const attributes = bytes(
      big16(0x20),
      big16(8),
      0,
      1,
      chance(random, 6),
      big16(1),
      big16(8),
      0,
      1,
      chance(random, 6),
      big16(0x802b),
      big16(8),
      0,
      1,
      chance(random, 6),
      random.chance(0.7) ? bytes(big16(0x8022), big16(28), software) : [],
    );
    return [bytes(1, 1, big16(attributes.length), 0x21, 0x12, 0xa4, 0x42, chance(random, 12), attributes)];
  },
};

/** Answers of telephones and exchanges to OPTIONS or INVITE (RFC 3261). */
export const sipAmplifier: AmplifyingService = {
  name: 'sip',
  port: 5060,
  reflectors: { from: 200, to: 4000 },
  answers(random) {
    const status = random.pick(['200 OK', '401 Unauthorized', '404 Not Found', '100 Trying']);
    const text =
      `SIP/2.0 ${status}\r\nVia: SIP/2.0/UDP nm;branch=z9hG4bK${letters(random, 10)};rport=5060\r\nFrom: <sip:nm@nm>;tag=root\r\n` +
      `To: <sip:nm2@nm2>;tag=as${letters(random, 8)}\r\nCall-ID: ${letters(random, 12)}\r\nCSeq: 42 OPTIONS\r\n` +
      `Server: ${random.pick(['FPBX-14.0.1', 'Asterisk PBX 13.1', 'FreeSWITCH'])}\r\n` +
      'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO\r\nContent-Length: 0\r\n\r\n';
    return Array.from({ length: random.integer(1, 5) }, () => bytes(text));
  },
};

/** P_CONTROL_HARD_RESET_SERVER_V2 of servers without tls-auth, sent again and again to who does not reply. */
export const openvpnAmplifier: AmplifyingService = {
  name: 'openvpn',
  port: 1194,
  reflectors: { from: 300, to: 5000 },
  answers(random) {
    const session = chance(random, 8);
    const withAck = random.chance(0.5);
    return Array.from({ length: random.integer(2, 8) }, () =>
      withAck
        ? bytes(0x40, session, 1, big32(0), chance(random, 8), big32(0))
        : bytes(0x40, session, 0, big32(0)),
    );
  },
};

/**
 * First flight of servers (RFC 9000): Initial and Handshake packets with the certificate, three times what was asked,
 * and sent again while nobody acknowledges (RFC 9002). Or a version negotiation.
 */
export const quicAmplifier: AmplifyingService = {
  name: 'quic',
  port: 443,
  reflectors: { from: 200, to: 4000 },
  answers(random) {
    const ids = bytes(random.chance(0.5) ? 8 : 0);
    const longHeader = (first: number, version: readonly number[]) =>
      bytes(first, version, ids, ids[0] === 8 ? chance(random, 8) : [], 8, chance(random, 8));
    if (random.chance(0.15)) {
      const versions = [
        [0, 0, 0, 1],
        [0x6b, 0x33, 0x43, 0xcf],
        [0xff, 0, 0, 29],
      ].flat();
      return [bytes(longHeader(0x80 | random.integer(0, 127), [0, 0, 0, 0]), versions)];
    }
    const full = random.pick([1200, 1252, 1350]);
    const packet = (type: number) => {
      const header = bytes(longHeader(0xc0 | (type << 4), [0, 0, 0, 1]), type === 0 ? [0] : []);
      return bytes(
        header,
        big16(0x4000 | (full - header.length - 2)),
        chance(random, full - header.length - 2),
      );
    };
    const flight = [packet(0), packet(2), packet(2)];
    return random.chance(0.5) ? flight : [...flight, ...flight];
  },
};
