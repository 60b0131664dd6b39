/** DNS messages (RFC 1035, section 4) of a wanted size, and what can be told of one from its first bytes. */
import { utf8 } from '@tidegate/schemas';
import { dnsPort, ipProtocol } from './constants.ts';
import { payloadOf } from './payload.ts';
import type { Packet } from './parse.ts';

export interface DnsMessage {
  readonly id: number;
  readonly name: string;
  /** 255 is ANY, the favourite of amplifiers. @default 1 (A) */
  readonly type?: number;
}

export interface DnsResponse extends DnsMessage {
  /** Length of the message, bytes; filled with TXT data (RFC 1035, section 3.3.14) up to exactly this. */
  readonly lengthBytes: number;
}

const headerBytes = 12;
const responseBit = 0x80;
/** Longer labels are compression pointers (RFC 1035, section 4.1.4), which no query needs. */
const labelBytesMax = 63;

function question({ name, type = 1 }: DnsMessage): number[] {
  const labels = name.split('.').flatMap((label) => [label.length, ...utf8(label)]);
  return [...labels, 0, type >> 8, type & 0xff, 0, 1];
}

function header(id: number, flags: number, answers: number): number[] {
  return [id >> 8, id & 0xff, flags, 0, 0, 1, 0, answers, 0, 0, 0, 0];
}

export function buildDnsQuery(query: DnsMessage): Uint8Array {
  return Uint8Array.from([...header(query.id, 0x01, 0), ...question(query)]);
}

/** A response with one TXT answer. The length must leave room for the question and an answer's own header. */
export function buildDnsResponse(response: DnsResponse): Uint8Array {
  const asked = question(response);
  const dataBytes = response.lengthBytes - headerBytes - asked.length - 12;
  if (dataBytes < 1)
    throw new RangeError(`a DNS response for ${response.name} needs more than ${response.lengthBytes} bytes`);
  const answer = [0xc0, headerBytes, 0, 16, 0, 1, 0, 0, 14, 16, dataBytes >> 8, dataBytes & 0xff];
  const message = new Uint8Array(response.lengthBytes);
  message.set([...header(response.id, responseBit | 0x01, 1), ...asked, ...answer]);
  fillText(message, message.length - dataBytes);
  return message;
}

/** Character strings of at most 255 bytes, each behind its length. */
function fillText(message: Uint8Array, from: number): void {
  message.fill(0x74, from);
  for (let at = from; at < message.length; at += 256) message[at] = Math.min(255, message.length - at - 1);
}

/** Whether the packet is a DNS answer: from UDP port 53, with a whole header, response bit and standard opcode. */
export const isDnsAnswer = (packet: Packet): boolean =>
  packet.protocol === ipProtocol.udp &&
  packet.sourcePort === dnsPort &&
  isDnsAnswerPayload(payloadOf(packet));

/** Whether a message begins as an answer does: a whole header, response bit and standard opcode. */
export const isDnsAnswerPayload = (message: Uint8Array): boolean =>
  message.length >= headerBytes && (message[2]! & (responseBit | 0x78)) === responseBit;

/**
 * Whether the packet is a DNS query: to UDP port 53, with a whole header, no response bit, standard opcode, and one question
 * (RFC 9619, section 4).
 */
export function isDnsQuery(packet: Packet): boolean {
  const { protocol, destinationPort } = packet;
  if (protocol !== ipProtocol.udp || destinationPort !== dnsPort) return false;
  const message = payloadOf(packet);
  if (message.length < headerBytes || (message[2]! & (responseBit | 0x78)) !== 0) return false;
  return message[4] === 0 && message[5] === 1;
}

/** The name in the question of a message, in lower case, as far as it was captured. */
export function questionName(message: Uint8Array): string {
  const labels: string[] = [];
  for (let at = headerBytes; at < message.length;) {
    const length = message[at]!;
    if (length === 0 || length > labelBytesMax) break;
    const label = message.subarray(at + 1, at + 1 + length);
    labels.push(String.fromCharCode(...label).toLowerCase());
    at += 1 + length;
  }
  return labels.join('.');
}
