/** RIP (RFC 1058): routers that send their table; command 2 is a response, of version 1 or 2. */
import { amplification } from '../../amplification.ts';

export const ripAmplification = amplification({
  name: 'rip',
  title: 'RIP',
  ports: [520],
  isAnswer: (payload) => payload.length >= 4 && payload[0] === 2 && [1, 2].includes(payload[1]!),
});
