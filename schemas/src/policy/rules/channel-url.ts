import { isLoopbackHost } from '../../net/loopback.ts';
import type { PolicyRule } from './rule.ts';
import { urlFault } from './url-fault.ts';

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
        const message = url === undefined ? null : urlFault(url, 'a reference to a secret');
        if (message !== null) yield { document, path: `/spec/${kind}/url`, message };
      }
      if (email?.security === 'none' && !isLoopbackHost(email.host)) {
        const message = 'Beyond loopback mail is sent encrypted only.';
        yield { document, path: '/spec/email/security', message, suggestion: 'starttls' };
      }
    }
  },
};
