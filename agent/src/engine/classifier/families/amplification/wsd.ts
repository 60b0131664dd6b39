/**
 * WS-Discovery (OASIS, 2009): cameras and printers that answer with a SOAP document,
 * some of them from a port that they open for it.
 */
import { isText } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

export const wsdAmplification = amplification({
  name: 'wsd',
  title: 'WS-Discovery',
  ports: [3702],
  elsewhere: ['3c3f786d6c'],
  isAnswer: (payload) => isText(payload) && payload[0] === 0x3c,
});
