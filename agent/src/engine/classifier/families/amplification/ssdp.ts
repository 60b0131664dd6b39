/**
 * SSDP (UPnP Device Architecture): devices at home that describe each of their services in an HTTP header,
 * many of them from a port that they open for it.
 */
import { startsWithText } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

export const ssdpAmplification = amplification({
  name: 'ssdp',
  title: 'SSDP',
  ports: [1900],
  elsewhere: ['485454502f312e'],
  isAnswer: (payload) => startsWithText(payload, 'HTTP/1.'),
});
