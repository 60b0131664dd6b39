/**
 * NetBIOS name service (RFC 1002, section 4.2.18): answers to status questions have the response bit, opcode 0, no
 * question and one answer.
 */
import { startsWithBytes } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

const isAnswer = (payload: Uint8Array): boolean =>
  payload.length >= 12 && (payload[2]! & 0xf8) === 0x80 && startsWithBytes(payload, [0, 0, 0, 1], 4);

export const netbiosAmplification = amplification({
  name: 'netbios',
  title: 'NetBIOS name service',
  ports: [137],
  isAnswer,
});
