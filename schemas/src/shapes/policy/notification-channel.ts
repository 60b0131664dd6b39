import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { NotificationOccasion, strict } from '../common.ts';
import { policyDocument } from './document.ts';
import { Secret, Url } from './outside.ts';

const { notificationChannel } = policyDefaults;

const MailAddress = Type.String({
  pattern: '^[^\\s<>,;"@]{1,64}@[^\\s<>,;"@]{1,255}$',
  description: 'A mail address, such as oncall@example.org.',
});

const Region = Type.Enum(['us', 'eu'], {
  default: notificationChannel.region,
  description: 'Where the account is served. Default us.',
});

const Discord = strict(
  { url: Secret('Address of a webhook of Discord, which is a secret') },
  'A channel of Discord, by one of its webhooks.',
);

const Slack = strict(
  { url: Secret('Address of an incoming webhook of Slack, which is a secret') },
  'A channel of Slack, by an incoming webhook. What speaks the same, such as Mattermost, works as well.',
);

const PagerDuty = strict(
  {
    routingKey: Secret('Integration key of a service (Events API v2)'),
    region: Type.Optional(Region),
    url: Type.Optional(Url('Another address that events are sent to, such as of a proxy.')),
  },
  'A service of PagerDuty. An incident triggers one alert, and its end resolves it.',
);

const Opsgenie = strict(
  {
    apiKey: Secret('Key of an API integration'),
    region: Type.Optional(Region),
    url: Type.Optional(Url('Another address of the alert API, such as of a proxy.')),
  },
  'A team of Opsgenie. An incident creates one alert, and its end closes it.',
);

const Webhook = strict(
  {
    url: Url('Where notifications are sent, as JSON (tidegate/notification/v1).'),
    secret: Type.Optional(
      Secret('Key that the body is signed with (HMAC-SHA-256, header Tidegate-Signature)'),
    ),
  },
  'A receiver of your own.',
);

const Email = strict(
  {
    host: Type.String({
      pattern: '^[A-Za-z0-9.:-]{1,253}$',
      description: 'The mail server (SMTP), by name or address.',
    }),
    port: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65535,
        default: notificationChannel.mailPort,
        description: 'Its port. Default 587.',
      }),
    ),
    security: Type.Optional(
      Type.Enum(['starttls', 'tls', 'none'], {
        default: notificationChannel.mailSecurity,
        description:
          'starttls: encrypted after STARTTLS (RFC 3207), or not at all sent; tls: from the first byte; none: in clear text, taken only for loopback. Default starttls.',
      }),
    ),
    user: Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, description: 'Name to sign in with. Default none.' }),
    ),
    password: Type.Optional(Secret('Password to sign in with')),
    from: Type.String({ ...MailAddress, description: 'Sender, such as tidegate@example.org.' }),
    to: Type.Array(MailAddress, { minItems: 1, maxItems: 16, description: 'Receivers.' }),
  },
  'Mail, through a server that takes it.',
);

export const NotificationChannel = policyDocument(
  'NotificationChannel',
  'Where people are told of incidents. Exactly one of discord, slack, pagerduty, opsgenie, webhook and email is given.',
  {
    discord: Type.Optional(Discord),
    slack: Type.Optional(Slack),
    pagerduty: Type.Optional(PagerDuty),
    opsgenie: Type.Optional(Opsgenie),
    webhook: Type.Optional(Webhook),
    email: Type.Optional(Email),
    on: Type.Optional(
      Type.Array(NotificationOccasion, {
        minItems: 1,
        maxItems: 4,
        description: 'What is told. Default all of it.',
      }),
    ),
    perMinute: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 600,
        default: notificationChannel.perMinute,
        description:
          'Most notifications a minute; what is more waits, and is told in one where the channel allows it. Default 20.',
      }),
    ),
  },
);
export type NotificationChannel = Static<typeof NotificationChannel>;
