/** SIP (RFC 3261): telephony servers that answer a request, with status line and headers. */
import { startsWithText } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

export const sipAmplification = amplification({
  name: 'sip',
  title: 'SIP',
  ports: [5060],
  isAnswer: (payload) => startsWithText(payload, 'SIP/2.0 '),
  asked: { upTo: 200, amplifiedFrom: 350 },
});
