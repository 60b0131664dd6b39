/** From notification channels as they are written to those of a bundle. */
import { TidegateError } from '../errors/tidegate-error.ts';
import type { CompiledChannel } from '../shapes/index.ts';
import { policyDefaults } from './defaults.ts';
import type { ValidDocument } from './document.ts';
import { compare } from './finding.ts';
import type { Policy } from './policy.ts';

type Written = ValidDocument<'NotificationChannel'>['spec'];

export const channelTypes = ['discord', 'slack', 'pagerduty', 'opsgenie', 'webhook', 'email'] as const;

export const channelTypesOf = (spec: Written): (typeof channelTypes)[number][] =>
  channelTypes.filter((type) => spec[type] !== undefined);

const { notificationChannel } = policyDefaults;
const occasions = ['opened', 'answered', 'failed', 'closed'] as const;

/** The event endpoints of PagerDuty (Events API v2) and the API of Opsgenie, by region. */
const addresses = {
  pagerduty: {
    us: 'https://events.pagerduty.com/v2/enqueue',
    eu: 'https://events.eu.pagerduty.com/v2/enqueue',
  },
  opsgenie: { us: 'https://api.opsgenie.com', eu: 'https://api.eu.opsgenie.com' },
} as const;

/** The channels that a group or one of its playbooks names, by name. */
export function compileChannels(policy: Policy, group: ValidDocument<'NodeGroup'>): CompiledChannel[] {
  const wanted = new Set([
    ...(group.spec.notify ?? []),
    ...policy.playbooksOf(group).flatMap(({ spec }) => spec.notify ?? []),
  ]);
  return policy.channels
    .filter(({ name }) => wanted.has(name))
    .sort((a, b) => compare(a.name, b.name))
    .map(({ name, spec }) => ({
      name,
      to: destinationOf(spec),
      on: occasions.filter((one) => spec.on?.includes(one) ?? true),
      perMinute: spec.perMinute ?? notificationChannel.perMinute,
    }));
}

function destinationOf({
  discord,
  slack,
  pagerduty,
  opsgenie,
  webhook,
  email,
}: Written): CompiledChannel['to'] {
  if (discord !== undefined) return { type: 'discord', url: discord.url };
  if (slack !== undefined) return { type: 'slack', url: slack.url };
  if (pagerduty !== undefined) {
    const { routingKey, region = notificationChannel.region, url = addresses.pagerduty[region] } = pagerduty;
    return { type: 'pagerduty', url, routingKey };
  }
  if (opsgenie !== undefined) {
    const { apiKey, region = notificationChannel.region, url = addresses.opsgenie[region] } = opsgenie;
    return { type: 'opsgenie', url, apiKey };
  }
  if (webhook !== undefined) return { type: 'webhook', ...webhook };
  if (email !== undefined) {
    const { port = notificationChannel.mailPort, security = notificationChannel.mailSecurity } = email;
    return { type: 'email', ...email, port, security, to: [...new Set(email.to)].sort(compare) };
  }
  throw new TidegateError('TG1015', 'A NotificationChannel leads nowhere.');
}
