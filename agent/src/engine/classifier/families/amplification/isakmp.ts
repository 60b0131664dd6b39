/** ISAKMP and IKE (RFC 2408, RFC 7296): gateways that answer a proposal again and again; the version is 1.x or 2.x. */
import { amplification } from '../../amplification.ts';

export const isakmpAmplification = amplification({
  name: 'isakmp',
  title: 'ISAKMP',
  ports: [500],
  isAnswer: (payload) => payload.length >= 28 && [1, 2].includes(payload[17]! >> 4),
});
