/** SNMP (RFC 3416): devices that answer GetBulk with long lists; a message of version 1 or 2c holds a response, tag 0xa2. */
import { berContents, berNext } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

function isResponse(payload: Uint8Array): boolean {
  if (payload[0] !== 0x30) return false;
  const version = berContents(payload, 0);
  if (version < 0 || payload[version] !== 0x02) return false;
  // Version 3 hides the rest behind its security parameters (RFC 3412, section 6).
  if (payload[version + 2] === 3) return true;
  const community = berNext(payload, version);
  const pdu = community < 0 ? -1 : berNext(payload, community);
  return pdu >= 0 && payload[pdu] === 0xa2;
}

export const snmpAmplification = amplification({
  name: 'snmp',
  title: 'SNMP',
  ports: [161],
  isAnswer: isResponse,
  asked: { upTo: 150, amplifiedFrom: 400 },
});
