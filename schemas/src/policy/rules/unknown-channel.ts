import { nearest } from '../../validate/nearest.ts';
import type { PolicyRule } from './rule.ts';

/** Nobody would hear of an incident. */
export const unknownChannel: PolicyRule = {
  id: 'unknown-channel',
  severity: 'error',
  *check(policy) {
    const names = policy.channels.map(({ name }) => name);
    for (const document of [...policy.groups, ...policy.playbooks]) {
      for (const [index, channel] of (document.spec.notify ?? []).entries()) {
        if (names.includes(channel) || policy.mayHave('NotificationChannel', channel)) continue;
        const known = names.length === 0 ? 'There is none.' : `Known channels: ${names.join(', ')}.`;
        const message = `There is no NotificationChannel called "${channel}". ${known}`;
        yield { document, path: `/spec/notify/${index}`, message, suggestion: nearest(channel, names) };
      }
    }
  },
};
