import { isLoopbackHost } from '../../net/loopback.ts';
import type { PolicyRule } from './rule.ts';

/** What is told of an attack, and the key beside it, is nobody else's business. */
export const channelUrl: PolicyRule = {
  id: 'channel-url',
  severity: 'error',
  *check({ channels }) {
    for (const document of channels) {
      const { pagerduty, opsgenie, webhook, email } = document.spec;
      for (const [kind, url] of Object.entries({
        pagerduty: pagerduty?.url,
        opsgenie: opsgenie?.url,
        webhook: webhook?.url,
      })) {
        const message = url === undefined ? null : urlFault(url);
        if (message !== null) yield { document, path: `/spec/${kind}/url`, message };
      }
      if (email?.security === 'none' && !isLoopbackHost(email.host)) {
        const message = 'Beyond loopback mail is sent encrypted only.';
        yield { document, path: '/spec/email/security', message, suggestion: 'starttls' };
      }
    }
  },
};

/** What is wrong with an address, or null. */
function urlFault(url: string): string | null {
  if (!URL.canParse(url)) return 'This is no address.';
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') return 'A key does not belong into the address.';
  return protocol === 'https:' || isLoopbackHost(hostname) ? null : 'Beyond loopback it has to be https.';
}
