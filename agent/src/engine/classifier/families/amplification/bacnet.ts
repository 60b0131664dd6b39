/**
 * BACnet/IP (ASHRAE 135, annex J): building controllers that list their properties; every message begins with 0x81 and one
 * of twelve functions.
 */
import { amplification } from '../../amplification.ts';

export const bacnetAmplification = amplification({
  name: 'bacnet',
  title: 'BACnet',
  ports: [47_808],
  isAnswer: (payload) => payload.length >= 4 && payload[0] === 0x81 && payload[1]! <= 0x0c,
});
