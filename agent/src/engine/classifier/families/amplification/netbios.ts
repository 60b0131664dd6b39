/** NetBIOS name service (RFC 1002, section 4.2): responses to status questions have the response bit set. */
import { amplification } from '../../amplification.ts';

export const netbiosAmplification = amplification({
  name: 'netbios',
  title: 'NetBIOS name service',
  ports: [137],
  isAnswer: (payload) => payload.length >= 12 && (payload[2]! & 0x80) !== 0,
});
