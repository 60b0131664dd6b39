/** Ubiquiti discovery: radios that describe themselves; version 1 or 2, command 0, then a length. */
import { amplification } from '../../amplification.ts';

export const ubiquitiAmplification = amplification({
  name: 'ubiquiti',
  title: 'Ubiquiti discovery',
  ports: [10001],
  isAnswer: (payload) => payload.length >= 4 && [1, 2].includes(payload[0]!) && payload[1] === 0,
});
