/** What a bundle says of those who scrub traffic, and how each is asked for it. */
import { Type, type Static } from 'typebox';
import { Cidr, Name, SecretRef, Timestamp, strict } from '../common.ts';

const Address = (description: string) => Type.String({ maxLength: 2048, description });
const Secret = (description: string) => Type.String({ ...SecretRef, description });
const Length = (description: string, maximum: number) => Type.Integer({ minimum: 8, maximum, description });

export const ScrubberCall = strict(
  {
    method: Type.Enum(['POST', 'PUT', 'PATCH', 'DELETE'], { description: 'Method of HTTP.' }),
    url: Address('Address, with placeholders.'),
    headers: Type.Record(Type.String(), Type.String(), { description: 'Headers, by name.' }),
    body: Type.Optional(
      Type.Unknown({ description: 'Sent as JSON, with placeholders. Left out, nothing is.' }),
    ),
  },
  'One request to a provider.',
);
export type ScrubberCall = Static<typeof ScrubberCall>;

const Words = (description: string) => Type.Array(Type.String(), { maxItems: 16, description });

const Http = strict(
  {
    type: Type.Literal('http', { description: 'Any HTTP API.' }),
    start: ScrubberCall,
    renew: Type.Optional(ScrubberCall),
    stop: ScrubberCall,
    state: Type.Optional(
      strict(
        {
          url: Address('Address that is read, with placeholders.'),
          at: Type.String({ description: 'JSON Pointer to the state in the answer (RFC 6901).' }),
          active: Words('What is written there once traffic is scrubbed.'),
          failed: Words('What is written there where it never will be.'),
        },
        'How to see what became of it. Left out, nobody can.',
      ),
    ),
    authorization: Type.Optional(
      strict(
        {
          bearer: Type.Optional(Secret('Token that is sent as "Authorization: Bearer".')),
          header: Type.Optional(
            strict(
              {
                name: Type.String({ description: 'Name of the header.' }),
                value: Secret('What the header says.'),
              },
              'A header of its own.',
            ),
          ),
          hmac: Type.Optional(Secret('Key that each request is signed with.')),
        },
        'How requests show whom they come from. Left out, not at all.',
      ),
    ),
  },
  'A provider that is asked by requests as they are written in the policy.',
);

const MagicTransit = strict(
  {
    type: Type.Literal('cloudflare-magic-transit', { description: 'Cloudflare Magic Transit.' }),
    url: Address('Address of the API.'),
    account: Type.String({ description: 'Id of the account.' }),
    token: Secret('API token.'),
  },
  'On-demand advertisement of prefixes at Cloudflare.',
);

const Vac = strict(
  {
    type: Type.Literal('ovh-vac', { description: 'OVHcloud VAC.' }),
    url: Address('Address of the API.'),
    applicationKey: Secret('Application key.'),
    applicationSecret: Secret('Application secret.'),
    consumerKey: Secret('Consumer key.'),
  },
  'The mitigation of single addresses at OVHcloud.',
);

export const CompiledScrubber = strict(
  {
    name: Name,
    owned: Type.Array(Cidr, {
      minItems: 1,
      maxItems: 256,
      description: 'Nothing outside of these is handed over.',
    }),
    length: Length('Length of the IPv4 prefix that is handed over.', 32),
    length6: Length('Length of the IPv6 prefix that is handed over.', 128),
    activeWithinMs: Type.Integer({
      minimum: 5000,
      maximum: 3_600_000,
      description: 'The provider has failed where traffic is not scrubbed after this time, ms.',
    }),
    diversionsMax: Type.Integer({
      minimum: 1,
      maximum: 256,
      description: 'Prefixes that the node hands over at a time.',
    }),
    api: Type.Union([Http, MagicTransit, Vac], { description: 'How the provider is asked.' }),
  },
  'Somebody who scrubs traffic.',
);
export type CompiledScrubber = Static<typeof CompiledScrubber>;

const Wish = strict(
  {
    id: Type.String({ minLength: 1, maxLength: 128, description: 'Id of the mitigation.' }),
    ttlMs: Type.Integer({ minimum: 1, maximum: 86_400_000, description: 'How long it is wanted, ms.' }),
    until: Timestamp,
  },
  'Somebody who wants it, until a time.',
);

export const Diversion = strict(
  {
    id: Type.String({ minLength: 1, maxLength: 128, description: 'What the provider knows it by.' }),
    scrubber: CompiledScrubber,
    prefix: Cidr,
    incident: Type.String({ maxLength: 128, description: 'Id of the incident that it began with.' }),
    family: Type.String({ maxLength: 64, description: 'Family of the attack that it began with.' }),
    since: Timestamp,
    phase: Type.Enum(['looking', 'starting', 'waiting', 'active', 'stopping'], {
      description:
        'looking: whether somebody else began it; starting: the provider was not heard to take it; waiting: taken, and not in effect; active: scrubbed; stopping: on its way out.',
    }),
    isForeign: Type.Boolean({ description: 'It was scrubbed before, and is not to be stopped.' }),
    failed: Type.Union([Type.String({ maxLength: 500 }), Type.Null()], {
      description: 'Why it is not to be had; null where it is, or may be.',
    }),
    wishes: Type.Array(Wish, { maxItems: 1024, description: 'Who wants it.' }),
  },
  'A prefix at a scrubbing provider.',
);
export type Diversion = Static<typeof Diversion>;

export const Diversions = strict(
  {
    schema: Type.Literal('tidegate/diversions/v1', { description: 'The version of this shape.' }),
    diversions: Type.Array(Diversion, { maxItems: 4096, description: 'In the order in which they began.' }),
  },
  'What a node has handed to scrubbing providers.',
);
export type Diversions = Static<typeof Diversions>;
