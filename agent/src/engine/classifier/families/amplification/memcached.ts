/** memcached over UDP: each datagram carries a frame of 8 bytes, with its number, how many there are, and two zero bytes. */
import { amplification } from '../../amplification.ts';

const uint16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

function isFrame(payload: Uint8Array): boolean {
  if (payload.length < 8 || uint16(payload, 6) !== 0) return false;
  return uint16(payload, 2) < Math.max(1, uint16(payload, 4));
}

export const memcachedAmplification = amplification({
  name: 'memcached',
  title: 'memcached',
  ports: [11211],
  isAnswer: isFrame,
});
