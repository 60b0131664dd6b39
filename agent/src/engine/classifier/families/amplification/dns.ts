/**
 * DNS: open resolvers and name servers that give long answers (RFC 1035, section 4.1.1: the response bit and a standard
 * opcode). That they are answers can be seen; that nobody asked only follows from how many and how long they are, and from
 * how few names they are about.
 */
import { dnsPort, isDnsAnswerPayload, questionName } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

export const dnsAmplification = amplification({
  name: 'dns',
  title: 'DNS',
  ports: [dnsPort],
  counter: 'udpDnsPackets',
  isAnswer: isDnsAnswerPayload,
  questionOf: questionName,
  asked: { upTo: 200, amplifiedFrom: 500 },
});
