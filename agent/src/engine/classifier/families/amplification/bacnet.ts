/** BACnet/IP (ASHRAE 135, annex J): building controllers that list their properties; every message begins with 0x81. */
import { amplification } from '../../amplification.ts';

export const bacnetAmplification = amplification({
  name: 'bacnet',
  title: 'BACnet',
  ports: [47808],
  isAnswer: (payload) => payload[0] === 0x81,
});
