/** Connectionless LDAP (RFC 1798): directory servers that describe themselves in a search result entry (RFC 4511, tag 0x64). */
import { berContents, berNext } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

/** A message is a sequence of an id and an operation; entry 0x64, or the done 0x65 that closes a result. */
function isSearchResult(payload: Uint8Array): boolean {
  if (payload[0] !== 0x30) return false;
  const id = berContents(payload, 0);
  const operation = id < 0 || payload[id] !== 0x02 ? -1 : berNext(payload, id);
  return operation >= 0 && (payload[operation] === 0x64 || payload[operation] === 0x65);
}

export const cldapAmplification = amplification({
  name: 'cldap',
  title: 'CLDAP',
  ports: [389],
  isAnswer: isSearchResult,
});
