/** DHCPDiscover of video recorders: they describe themselves in JSON behind a header with the letters DHIP, or without one. */
import { startsWithText } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

export const dvrDhcpAmplification = amplification({
  name: 'dvr_dhcp',
  title: 'DHCPDiscover',
  ports: [37810],
  isAnswer: (payload) => startsWithText(payload, 'DHIP', 4) || payload.subarray(0, 48).includes(0x7b),
});
