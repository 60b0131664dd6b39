import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { strict } from '../common.ts';
import { Duration, Prefix } from './amounts.ts';
import { GroupNames, policyDocument } from './document.ts';
import { Secret, Url } from './outside.ts';

const { scrubber } = policyDefaults;

const Headers = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }),
  Type.String({ maxLength: 1024 }),
  { maxProperties: 16, description: 'Headers of the request, by name. No secrets: see authorization.' },
);

const placeholders =
  'Placeholders: {id} of the diversion, {prefix}, {address}, {length}, {version} (4 or 6), {family} of the attack, {incident}, {ttlSeconds}.';

const Call = (description: string, method: 'POST' | 'PUT' | 'DELETE') =>
  strict(
    {
      method: Type.Optional(
        Type.Enum(['POST', 'PUT', 'PATCH', 'DELETE'], {
          default: method,
          description: `Method of HTTP. Default ${method}.`,
        }),
      ),
      url: Url(`Address, with placeholders. ${placeholders}`),
      headers: Type.Optional(Headers),
      body: Type.Optional(
        Type.Unknown({
          description:
            'Sent as JSON, with placeholders in its strings; a string that is one placeholder and nothing else takes the type of what it stands for. Default: no body.',
        }),
      ),
    },
    description,
  );

const Words = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 16, description });

const Look = strict(
  {
    url: Url(`Address that is read (GET), with placeholders. ${placeholders}`),
    at: Type.String({
      pattern: '^(/[^/]{1,64}){1,8}$',
      maxLength: 512,
      description: 'Where the answer says the state, as a JSON Pointer (RFC 6901), such as /status.',
    }),
    active: Words('What is written there once traffic is scrubbed.'),
    failed: Type.Optional(Words('What is written there where it never will be. Default: nothing says that.')),
  },
  'How to see that traffic is scrubbed; an answer of 404 means that nothing is. Without it nobody can say more than that the provider took the request.',
);

const Authorization = Type.Object(
  {
    bearer: Type.Optional(Secret('Token that is sent as "Authorization: Bearer"')),
    header: Type.Optional(
      strict(
        {
          name: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Name of the header.' }),
          value: Secret('What the header says'),
        },
        'A header of its own.',
      ),
    ),
    hmac: Type.Optional(
      Secret(
        'Key that each request is signed with (HMAC-SHA-256 over time stamp, method, path and body; header Tidegate-Signature)',
      ),
    ),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    description: 'How requests show whom they come from. Default: not at all.',
  },
);

const Http = strict(
  {
    start: Call('Asks for scrubbing. Sent again after a fault, with the same Idempotency-Key.', 'PUT'),
    renew: Type.Optional(
      Call(
        'Asks for more time, where the provider ends a diversion by itself. Default: not asked for.',
        'PUT',
      ),
    ),
    stop: Call('Ends the scrubbing; 404 means that there is none.', 'DELETE'),
    state: Type.Optional(Look),
    authorization: Type.Optional(Authorization),
  },
  'Any HTTP API: a scrubbing provider, a load balancer, an autoscaler.',
);

const MagicTransit = strict(
  {
    account: Type.String({ pattern: '^[0-9a-f]{32}$', description: 'Id of the account.' }),
    token: Secret('API token that may read and write IP prefixes'),
    url: Type.Optional(Url('Another address of the API, such as of a proxy.')),
  },
  'Cloudflare Magic Transit with on-demand advertisement of prefixes (BYOIP). A prefix is advertised as a whole.',
);

const Vac = strict(
  {
    region: Type.Optional(
      Type.Enum(['eu', 'ca', 'us'], {
        default: scrubber.region,
        description: 'Where the account is served. Default eu.',
      }),
    ),
    applicationKey: Secret('Application key'),
    applicationSecret: Secret('Application secret'),
    consumerKey: Secret('Consumer key'),
    url: Type.Optional(Url('Another address of the API, such as of a proxy.')),
  },
  'OVHcloud VAC: the mitigation of single IPv4 addresses.',
);

export const Scrubber = policyDocument(
  'Scrubber',
  'Who scrubs traffic when the link does not carry it any more. Exactly one of http, cloudflareMagicTransit and ovhVac is given.',
  {
    groups: Type.Optional(GroupNames('Node groups that may ask for it. Default all of them.')),
    owned: Type.Array(Prefix, {
      minItems: 1,
      maxItems: 256,
      description: 'Nothing outside of these is handed over.',
    }),
    length: Type.Optional(
      Type.Integer({
        minimum: 8,
        maximum: 32,
        default: scrubber.length,
        description:
          'Length of the IPv4 prefix that is handed over for an address, such as 24: everything in it goes with it. Default 32, the address alone.',
      }),
    ),
    length6: Type.Optional(
      Type.Integer({
        minimum: 16,
        maximum: 128,
        default: scrubber.length6,
        description: 'The same for IPv6. Default 128.',
      }),
    ),
    activeWithin: Type.Optional(
      Duration(
        'The provider has failed where traffic is not scrubbed after this time, 5s to 1h. Default 10m.',
        { min: 5000, max: 3_600_000, default: scrubber.activeWithin },
      ),
    ),
    diversions: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 256,
        default: scrubber.diversions,
        description: 'Prefixes that one node hands over at a time. Default 4.',
      }),
    ),
    http: Type.Optional(Http),
    cloudflareMagicTransit: Type.Optional(MagicTransit),
    ovhVac: Type.Optional(Vac),
  },
);
export type Scrubber = Static<typeof Scrubber>;
