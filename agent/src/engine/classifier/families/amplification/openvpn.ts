/** OpenVPN: servers that answer a hard reset, and repeat the answer when nothing follows; opcodes 2 and 8 of its packet format. */
import { amplification } from '../../amplification.ts';

export const openvpnAmplification = amplification({
  name: 'openvpn',
  title: 'OpenVPN',
  ports: [1194],
  isAnswer: (payload) => payload.length >= 14 && [2, 8].includes(payload[0]! >> 3),
});
