/** CoAP (RFC 7252): small devices that list their resources; version 1, and a code of class 2, 4 or 5. */
import { amplification } from '../../amplification.ts';

export const coapAmplification = amplification({
  name: 'coap',
  title: 'CoAP',
  ports: [5683],
  isAnswer: (payload) =>
    payload.length >= 4 && payload[0]! >> 6 === 1 && [2, 4, 5].includes(payload[1]! >> 5),
});
