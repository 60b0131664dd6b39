/**
 * ISAKMP and IKE (RFC 2408, section 3.1; RFC 7296, section 3.1): gateways that answer a proposal again and again. The
 * version is 1.0 or 2.0, and the length, of four bytes, fits into a datagram.
 */
import { amplification } from '../../amplification.ts';

const headerBytes = 28;

const isMessage = (payload: Uint8Array): boolean =>
  payload.length >= headerBytes &&
  (payload[17] === 0x10 || payload[17] === 0x20) &&
  payload[24] === 0 &&
  payload[25] === 0;

export const isakmpAmplification = amplification({
  name: 'isakmp',
  title: 'ISAKMP',
  ports: [500],
  isAnswer: isMessage,
});
