import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { FeedAction, SecretRef, descriptionOf, strict } from '../common.ts';
import { Duration, Share } from './amounts.ts';
import { GroupNames, policyDocument } from './document.ts';
import { FilePath } from './file-path.ts';

const { threatFeed } = policyDefaults;
const minuteMs = 60_000;

const Auth = strict(
  {
    header: Type.String({
      pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$",
      description: 'Name of the header that carries the key, such as Auth-Key.',
    }),
    secret: Type.String({
      ...SecretRef,
      description:
        'The value of the header by reference, env:NAME or file:PATH on the controller. The configuration of the controller has to list it under policySecrets.',
    }),
  },
  'A key that the feed asks for.',
);

const Source = strict(
  {
    path: Type.Optional(
      FilePath('A file of the policy repository, as a path from the root of the policy folder.'),
    ),
    url: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s]+$',
        maxLength: 2048,
        description: 'Where the controller fetches the list. Plain http is taken only for loopback.',
      }),
    ),
    refresh: Type.Optional(
      Duration(
        'How often the list is fetched, 5m to 7d; spamhaus-drop at most hourly, as Spamhaus asks. Default 12h.',
        { min: 5 * minuteMs, default: threatFeed.refresh },
      ),
    ),
    auth: Type.Optional(Auth),
  },
  'Where the list comes from: either path or url.',
);

const Bounds = strict(
  {
    shrink: Type.Optional(
      Share('A list that lost more than this part of its entries is refused. Default 50%.', {
        min: 0,
        max: 1,
        default: threatFeed.shrink,
      }),
    ),
    grow: Type.Optional(
      Share('A list that grew by more than this part of its entries is refused. Default 200%.', {
        min: 0,
        max: 1000,
        default: threatFeed.grow,
      }),
    ),
  },
  'By how much a list may change between two loads; what changed more is taken for broken, and the copy before stays in use.',
);

export const ThreatFeed = policyDocument(
  'ThreatFeed',
  'A list of addresses that somebody publishes, and what happens to packets from them.',
  {
    groups: Type.Optional(GroupNames('Node groups that this feed is for. Default all of them.')),
    source: Source,
    format: Type.Enum(['plain', 'spamhaus-drop', 'firehol-netset', 'abuse-ch-csv'], {
      description: 'How the list is written. plain is an address or prefix a line, with # and ; as comments.',
    }),
    action: Type.Optional(
      Type.Enum(['count', 'drop'], {
        default: threatFeed.action,
        description: `${descriptionOf(FeedAction)} Default count: lists are old when they arrive, and sources of floods are spoofed.`,
      }),
    ),
    allowEmpty: Type.Optional(
      Type.Boolean({
        default: threatFeed.allowEmpty,
        description: 'Whether a list without entries is a valid one. Default false.',
      }),
    ),
    bounds: Type.Optional(Bounds),
    credit: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description:
          'What the publisher asks to be said about the origin, shown with matches. Default what the list itself says.',
      }),
    ),
  },
);
export type ThreatFeed = Static<typeof ThreatFeed>;
