import { isSafeUrl } from '../../net/loopback.ts';

/** What is wrong with an address that something is fetched from or sent to, or null. `keys` says where a key belongs. */
export function urlFault(text: string, keys: string): string | null {
  if (!URL.canParse(text)) return 'This is no address.';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return `A key does not belong into the address; use ${keys}.`;
  return isSafeUrl(url) ? null : 'Beyond loopback it has to be https.';
}
