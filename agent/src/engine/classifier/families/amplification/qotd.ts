/** Quote of the day (RFC 865): any datagram is answered with a text. */
import { isText } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

export const qotdAmplification = amplification({
  name: 'qotd',
  title: 'quote of the day',
  ports: [17],
  isAnswer: (payload) => isText(payload),
});
