import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  berContents,
  berNext,
  buildDnsQuery,
  buildDnsResponse,
  buildIcmp,
  buildTcp,
  buildUdp,
  isDnsQuery,
  isText,
  parsePacket,
  payloadOf,
  questionName,
  startsWithBytes,
  startsWithText,
} from './index.ts';

const ends = { source: '198.51.100.1', destination: '203.0.113.10', sourcePort: 1234, destinationPort: 53 };
const read = (bytes: Uint8Array) => parsePacket(bytes)!;

describe('a payload', () => {
  it('is what lies behind the header of UDP and TCP, as far as it was captured', () => {
    const payload = Uint8Array.of(1, 2, 3, 4);
    expect([...payloadOf(read(buildUdp({ ...ends, payload })))]).toEqual([1, 2, 3, 4]);
    expect([
      ...payloadOf(read(buildTcp({ ...ends, payload, flags: 16, options: new Uint8Array(8) }))),
    ]).toEqual([1, 2, 3, 4]);
    expect([...payloadOf(read(buildUdp({ ...ends, payload }).slice(0, 30)))]).toEqual([1, 2]);
    expect(payloadOf(read(buildUdp({ ...ends, payload }).slice(0, 26)))).toHaveLength(0);
    expect(payloadOf(read(buildIcmp({ ...ends, type: 8 })))).toHaveLength(0);
  });

  it('begins with a text or with bytes, or does not', () => {
    const bytes = new TextEncoder().encode('HTTP/1.1 200 OK');
    expect(startsWithText(bytes, 'HTTP/1.')).toBe(true);
    expect(startsWithText(bytes, '200', 9)).toBe(true);
    expect(startsWithText(bytes, 'HTTP/2')).toBe(false);
    expect(startsWithText(bytes, `HTTP/1.1 200 OK and more`)).toBe(false);
    expect(startsWithBytes(bytes, [0x54, 0x50], 2)).toBe(true);
    expect(startsWithBytes(bytes, [0x54], 40)).toBe(false);
  });

  it('is text where its first bytes are printable', () => {
    const text = new TextEncoder().encode('all of it can be read\r\n');
    expect(isText(text)).toBe(true);
    expect(isText(text.slice(0, 5))).toBe(false);
    expect(isText(Uint8Array.from([...text, 0]))).toBe(false);
  });
});

describe('BER', () => {
  it('is followed over short and long lengths', () => {
    expect(berContents(Uint8Array.of(0x30, 0x05, 2, 1, 7), 0)).toBe(2);
    expect(berContents(Uint8Array.of(0x30, 0x84, 0, 0, 0, 5, 2), 0)).toBe(6);
    expect(berNext(Uint8Array.of(2, 1, 7, 0x64), 0)).toBe(3);
    expect(berContents(Uint8Array.of(0x30), 0)).toBe(-1);
    expect(berContents(Uint8Array.of(0x30, 0x84, 0), 0)).toBe(-1);
    expect(berNext(Uint8Array.of(2, 0x84, 0, 0), 0)).toBe(-1);
  });
});

describe('DNS', () => {
  it('questions are told from answers, and their names are read', () => {
    const query = buildDnsQuery({ id: 1, name: 'WWW.Example.com' });
    expect(isDnsQuery(read(buildUdp({ ...ends, payload: query })))).toBe(true);
    expect(isDnsQuery(read(buildUdp({ ...ends, destinationPort: 54, payload: query })))).toBe(false);
    const zeros = new Uint8Array(640);
    expect(isDnsQuery(read(buildUdp({ ...ends, payload: zeros })))).toBe(false);
    const answer = buildDnsResponse({ id: 1, name: 'www.example.com', lengthBytes: 200 });
    expect(isDnsQuery(read(buildUdp({ ...ends, payload: answer })))).toBe(false);
    expect(questionName(query)).toBe('www.example.com');
    expect(questionName(answer)).toBe('www.example.com');
    expect(questionName(query.slice(0, 20))).toBe('www.exa');
  });
});

it('no reader fails on any bytes', () => {
  const bytes = fc.uint8Array({ maxLength: 140 });
  fc.assert(
    fc.property(bytes, fc.nat({ max: 150 }), (data, at) => {
      const packet = parsePacket(data);
      if (packet !== null) {
        payloadOf(packet);
        isDnsQuery(packet);
      }
      expect(questionName(data).length).toBeLessThanOrEqual(Math.max(0, data.length));
      expect(berContents(data, at)).toBeLessThanOrEqual(data.length);
      expect(berNext(data, at)).toBeLessThanOrEqual(data.length);
      isText(data);
    }),
  );
});
