/**
 * IP packets as bytes: reading them, matching them against rules, counting them, building them.
 *
 * Promises: no read beyond what was captured, whatever the bytes say; IPv4 and IPv6 alike; a rule hits here exactly
 * what it hits in the kernel.
 */
export { amplifierPorts, connectionRequest, dnsPort, ipProtocol, tcpFlag } from './constants.ts';
export { destinationBytes, destinationOf, parsePacket, sourceBytes, sourceOf } from './parse.ts';
export type { Packet } from './parse.ts';
export { compileMatch, matches } from './match.ts';
export type { Matcher } from './match.ts';
export { countPacket } from './count.ts';
export { buildIcmp, buildIp, buildTcp, buildUdp, synOptions } from './build.ts';
export {
  buildDnsQuery,
  buildDnsResponse,
  isDnsAnswer,
  isDnsAnswerPayload,
  isDnsQuery,
  questionName,
} from './dns.ts';
export { berContents, berNext, isText, payloadOf, startsWithBytes, startsWithText } from './payload.ts';
