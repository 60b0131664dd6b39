/** NTP: the list of clients (monlist, mode 7) or variables (mode 6; RFC 9327). What clients get when they ask for the time is mode 4, and is no answer of this kind. */
import { amplification } from '../../amplification.ts';

function isControlAnswer(payload: Uint8Array): boolean {
  if (payload.length < 8) return false;
  const mode = payload[0]! & 7;
  return (mode === 7 && (payload[0]! & 0x80) !== 0) || (mode === 6 && (payload[1]! & 0x80) !== 0);
}

export const ntpAmplification = amplification({
  name: 'ntp',
  title: 'NTP',
  ports: [123],
  // With a message digest 68 (RFC 5905, section 7.3).
  ordinaryBytes: 68,
  isAnswer: isControlAnswer,
});
