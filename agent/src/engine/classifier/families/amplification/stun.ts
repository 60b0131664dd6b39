/** STUN (RFC 8489): servers that tell a client its address; binding responses, success 0x0101 or error 0x0111. */
import { amplification } from '../../amplification.ts';

export const stunAmplification = amplification({
  name: 'stun',
  title: 'STUN',
  ports: [3478],
  isAnswer: (payload) => payload.length >= 20 && payload[0] === 0x01 && [0x01, 0x11].includes(payload[1]!),
});
