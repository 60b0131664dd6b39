/** Character generator (RFC 864): any datagram is answered with a line of text or many. */
import { isText } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

export const chargenAmplification = amplification({
  name: 'chargen',
  title: 'chargen',
  ports: [19],
  isAnswer: (payload) => isText(payload),
});
