/** Apple Remote Management: computers that answer a question for their description with about 1,000 bytes. */
import { amplification } from '../../amplification.ts';

export const armsAmplification = amplification({
  name: 'arms',
  title: 'Apple Remote Management',
  ports: [3283],
  isAnswer: (payload) => payload.length >= 4 && payload[0] === 0,
});
