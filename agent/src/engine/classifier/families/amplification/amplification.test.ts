/** Every service: its answers are told from other payloads, named, and covered by a rule that spares the rest. */
import { utf8 } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import {
  buildDnsResponse,
  buildIp,
  buildUdp,
  compileMatch,
  ipProtocol,
  parsePacket,
} from '../../../packet/index.ts';
import { Draws, browsing, host, mixed, named, times } from '../../situation.contract.ts';
import { amplifications } from './index.ts';

const hex = (text: string): number[] =>
  (text.replaceAll(' ', '').match(/../g) ?? []).map((digits) => Number.parseInt(digits, 16));
/** Bytes as given, filled up to a length with text. */
const filled = (head: readonly number[], length: number): Uint8Array => {
  const bytes = new Uint8Array(length).fill(0x61);
  bytes.set(head.slice(0, length));
  return bytes;
};
const text = (head: string, length: number): Uint8Array => filled([...utf8(head)], length);
const header = (tail: string): number[] => [...times(16, () => 0x5a), ...hex(tail)];

/** An answer of each service by its specification, of about this length. */
const answers: Record<string, { port: number; answer: (bytes: number) => Uint8Array }> = {
  arms: { port: 3283, answer: (n) => filled(hex('0001 03ea'), n) },
  bacnet: { port: 47_808, answer: (n) => filled(hex('810a 00ff 0100 300e'), n) },
  chargen: { port: 19, answer: (n) => text(' !"#$%&\'()*+,-./0123456789', n) },
  cldap: { port: 389, answer: (n) => filled(hex('3084 0000 0b96 0201 0164 8400 000b 8d04'), n) },
  coap: { port: 5683, answer: (n) => filled(hex('6045 1234 c128 ff'), n) },
  dns: {
    port: 53,
    answer: (n) => buildDnsResponse({ id: 1, name: 'example.com', type: 255, lengthBytes: n }),
  },
  dvr_dhcp: { port: 37_810, answer: (n) => filled([...hex('20000000'), ...utf8('DHIP'), ...hex('00')], n) },
  isakmp: { port: 500, answer: (n) => filled(header('0110 0200 0000 0000 0000 0200'), n) },
  memcached: { port: 11_211, answer: (n) => filled([...hex('1234 0001 0003 0000'), ...utf8('VALUE a')], n) },
  mssql: { port: 1434, answer: (n) => filled([...hex('05ff01'), ...utf8('ServerName;')], n) },
  netbios: { port: 137, answer: (n) => filled(hex('1234 8400 0000 0001 0000 0000 20'), n) },
  ntp: { port: 123, answer: (n) => filled(hex('d700 032a 0006 0048'), n) },
  openvpn: { port: 1194, answer: (n) => filled(hex('40'), n) },
  plex: { port: 32_414, answer: (n) => text('HTTP/1.0 200 OK\r\n', n) },
  portmap: { port: 111, answer: (n) => filled(hex('12345678 00000001 00000000'), n) },
  qotd: { port: 17, answer: (n) => text('"A quotation of the day" - somebody\r\n', n) },
  quic: { port: 443, answer: (n) => filled(hex('cf00000001 0808'), n) },
  rip: { port: 520, answer: (n) => filled(hex('0201 0000 0002 0000'), n) },
  sip: { port: 5060, answer: (n) => text('SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP ', n) },
  snmp: { port: 161, answer: (n) => filled(hex('3082 04f0 0201 01 0406 7075626c6963 a282 04e1'), n) },
  ssdp: { port: 1900, answer: (n) => text('HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120', n) },
  stun: { port: 3478, answer: (n) => filled(hex('0101 0058 2112a442'), n) },
  tftp: { port: 69, answer: (n) => filled(hex('0003 0001'), n) },
  ubiquiti: { port: 10_001, answer: (n) => filled(hex('0100 00d1 02'), n) },
  wsd: { port: 3702, answer: (n) => text('<?xml version="1.0" encoding="UTF-8"?><soap:Env', n) },
};

const cases = Object.entries(answers).map(([service, one]) => ({ service, ...one }));
const otherPayload = Uint8Array.of(0xf1, 0x7e, 0xb3, 0x99, 0xc4, 0xd5, 0xe6, 0xf7, 0x80, 0x91, 0xa2, 0xb3);

const flood = (port: number, draws: Draws, payload: () => Uint8Array, count = 240): Uint8Array[] => {
  const reflectors = times(150, () => ({ source: draws.address(), ttl: draws.ttl() }));
  return times(count, () =>
    buildUdp({
      ...reflectors[draws.integer(0, reflectors.length - 1)]!,
      destination: host,
      sourcePort: port,
      destinationPort: draws.integer(1024, 65_535),
      payload: payload(),
    }),
  );
};

it('every service has an answer here', () => {
  expect(amplifications.map(({ name }) => name)).toEqual(
    cases.map(({ service }) => `${service}_amplification`),
  );
});

describe.each(cases)('$service amplification', ({ service, port, answer }) => {
  it('is named, with a rule for the service alone', () => {
    const draws = new Draws(7);
    const attack = flood(port, draws, () => answer(draws.integer(700, 1000)));
    const legitimate = browsing(draws, 100);
    const [found, ...others] = named({ quiet: browsing(draws, 300), now: mixed(attack, legitimate) });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ family: `${service}_amplification`, answer: 'rule', spoofed: 0 });
    expect(found!.confidence).toBeGreaterThanOrEqual(0.9);
    expect(found!.match).toMatchObject({ protocol: ipProtocol.udp, sourcePorts: [{ from: port, to: port }] });
    const hits = compileMatch(found!.match!);
    expect(attack.every((bytes) => hits(parsePacket(bytes)!))).toBe(true);
    expect(legitimate.some((bytes) => hits(parsePacket(bytes)!))).toBe(false);
  });

  it('is not seen in other payloads from the same port', () => {
    const draws = new Draws(8);
    const other = (): Uint8Array => {
      const bytes = draws.bytes(draws.integer(200, 900));
      bytes.set(otherPayload);
      return bytes;
    };
    const found = named({ quiet: browsing(draws, 300), now: flood(port, draws, other) });
    expect(found.map(({ family }) => family)).not.toContain(`${service}_amplification`);
  });

  it('reads no answer into what was cut off', () => {
    const family = amplifications.find(({ name }) => name === `${service}_amplification`)!;
    for (const length of [0, 1, 2]) {
      const bytes = flood(port, new Draws(9), () => new Uint8Array(length), 1)[0]!;
      const seen = {
        packet: parsePacket(bytes)!,
        kind: 'udp' as const,
        length: bytes.length,
        weight: 1,
        excess: 1,
      };
      expect(family.isMember(seen)).toBe(false);
    }
  });
});

describe('what only looks like amplification', () => {
  it('is the time that clients are told', () => {
    const draws = new Draws(1);
    const time = (): Uint8Array => filled([0x24, ...draws.bytes(47)], 48);
    const found = named({ quiet: flood(123, draws, time, 300), now: flood(123, draws, time) });
    expect(found.map(({ family }) => family)).not.toContain('ntp_amplification');
  });

  it('is a resolver that asks for many names', () => {
    const draws = new Draws(2);
    const answer = (): Uint8Array =>
      buildDnsResponse({
        id: 1,
        name: `w${draws.integer(0, 4000)}.example.net`,
        lengthBytes: draws.integer(300, 900),
      });
    expect(named({ quiet: flood(53, draws, answer, 300), now: flood(53, draws, answer) })).toEqual([]);
  });

  it('is a download over QUIC, whose packets have short headers', () => {
    const draws = new Draws(3);
    const short = (): Uint8Array => filled([0x40 | draws.integer(0, 63), ...draws.bytes(40)], 1252);
    const found = named({ quiet: browsing(draws, 300), now: flood(443, draws, short) });
    expect(found.map(({ family }) => family)).not.toContain('quic_amplification');
  });
});

describe('answers longer than a packet', () => {
  const long = (draws: Draws, port: number) => {
    const whole = answers['dns']!.answer(2900);
    const first = flood(port, draws, () => whole.slice(0, 1472), 120).map((bytes) => {
      bytes[6] = 0x20;
      return bytes;
    });
    const rest = times(120, () =>
      buildIp(
        {
          source: draws.address(),
          ttl: draws.ttl(),
          destination: host,
          fragment: { offsetBytes: 1480, more: false },
        },
        ipProtocol.udp,
        whole.slice(1472),
      ),
    );
    return mixed(first, rest);
  };

  it('have a companion rule for their trailing fragments', () => {
    const draws = new Draws(4);
    const attack = long(draws, 53);
    const [found, ...others] = named({ quiet: browsing(draws, 300), now: attack });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ family: 'dns_amplification', answer: 'rule' });
    expect(found!.companions).toEqual([
      { destination: `${host}/32`, protocol: ipProtocol.udp, fragment: true },
    ]);
  });

  it('leave trailing fragments to a rate limit where quiet traffic has fragments of its own', () => {
    const draws = new Draws(5);
    const quiet = mixed(browsing(draws, 280), long(draws, 4444).slice(0, 40));
    const [ofDns] = named({ quiet, now: long(draws, 53) });
    expect(ofDns).toMatchObject({
      family: 'dns_amplification',
      limit: { destination: `${host}/32`, protocol: ipProtocol.udp, fragment: true },
    });
    expect(ofDns).not.toHaveProperty('companions');
  });

  it.each([
    { name: 'and its quiet answers have some', quietPort: 53 },
    { name: 'and its quiet answers have none', quietPort: null },
  ])('are limited with their trailing fragments where no rule spares a host, $name', ({ quietPort }) => {
    const draws = new Draws(6);
    const asked =
      quietPort === null
        ? flood(53, draws, () => answers['dns']!.answer(2900).slice(0, 1472), 60)
        : long(draws, quietPort).slice(0, 120);
    const [ofDns, ...others] = named({ quiet: mixed(browsing(draws, 240), asked), now: long(draws, 53) });
    expect(others).toEqual([]);
    expect(ofDns).toMatchObject({ family: 'dns_amplification', answer: 'limit', match: null });
    expect(ofDns!.companions).toEqual([
      { destination: `${host}/32`, protocol: ipProtocol.udp, fragment: true },
    ]);
  });
});

describe('answers from other ports', () => {
  it.each([
    { service: 'ssdp', first: '485454502f312e' },
    { service: 'tftp', first: '00030001' },
    { service: 'wsd', first: '3c3f786d6c' },
  ])('$service: are covered by their first bytes', ({ service, first }) => {
    const draws = new Draws(6);
    const { port, answer } = answers[service]!;
    const attack = [
      ...flood(port, draws, () => answer(500), 180),
      ...times(60, () => flood(draws.integer(2000, 60_000), draws, () => answer(500), 1)[0]!),
    ];
    const [found] = named({ quiet: browsing(draws, 300), now: attack });
    expect(found!.family).toBe(`${service}_amplification`);
    expect(found!.companions).toMatchObject([{ payload: { offset: 0, bytes: first } }]);
  });
});
