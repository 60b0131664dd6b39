/**
 * TFTP (RFC 1350): servers that send the first block of a file (opcode 3) again and again, an error (5) or options (6;
 * RFC 2347). They open a port for each transfer (section 4); the first block, or that
 * there is no such file, is what is seen of it.
 */
import { amplification } from '../../amplification.ts';

export const tftpAmplification = amplification({
  name: 'tftp',
  title: 'TFTP',
  ports: [69],
  elsewhere: ['00030001', '00050001'],
  isAnswer: (payload) => payload.length >= 4 && payload[0] === 0 && [3, 5, 6].includes(payload[1]!),
});
