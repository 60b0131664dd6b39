/** QUIC (RFC 9000): servers that answer an Initial packet with their certificates. Only the first packets of a connection have a long header; a download has short ones. */
import { amplification } from '../../amplification.ts';

/** A long header with a version; 0 is version negotiation (RFC 9000, section 17.2.1). */
function isLongHeader(payload: Uint8Array): boolean {
  if (payload.length < 7 || (payload[0]! & 0x80) === 0) return false;
  const version = ((payload[1]! << 24) | (payload[2]! << 16) | (payload[3]! << 8) | payload[4]!) >>> 0;
  const isNumbered = version <= 2 || version === 0x6b33_43cf || version >>> 8 === 0xff_0000;
  const isGoogle = payload[1] === 0x51;
  return version === 0 || ((payload[0]! & 0x40) !== 0 && (isNumbered || isGoogle));
}

export const quicAmplification = amplification({
  name: 'quic',
  title: 'QUIC',
  ports: [443],
  isAnswer: isLongHeader,
});
