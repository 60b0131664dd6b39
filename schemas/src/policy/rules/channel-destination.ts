import { channelTypes, channelTypesOf } from '../channels.ts';
import type { PolicyRule } from './rule.ts';

/** A channel leads to one place: two would share a rate, and none tells nobody. */
export const channelDestination: PolicyRule = {
  id: 'channel-destination',
  severity: 'error',
  *check({ channels }) {
    for (const document of channels) {
      const given = channelTypesOf(document.spec);
      if (given.length !== 1) {
        const message = `Give exactly one of ${channelTypes.join(', ')}; ${given.length === 0 ? 'there is none' : `there are ${given.join(' and ')}`}.`;
        yield { document, path: '/spec', message };
      }
      const { email } = document.spec;
      if (email !== undefined && (email.user === undefined) !== (email.password === undefined)) {
        const missing = email.user === undefined ? 'user' : 'password';
        yield {
          document,
          path: '/spec/email',
          message: `To sign in takes user and password; ${missing} is missing.`,
        };
      }
    }
  },
};
