/** What a bundle says of mitigation in front of the host: when, and what may be announced. */
import { Type, type Static } from 'typebox';
import { Address, Cidr, Name, strict } from '../common.ts';

const Rate = (description: string) => Type.Number({ minimum: 1, maximum: 1e15, description });

export const CompiledCondition = strict(
  {
    linkShare: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'Least share of the link that arrives, 0 to 1.' }),
    ),
    packetsPerSecond: Type.Optional(Rate('Least packets/s that arrive for the target.')),
    bitsPerSecond: Type.Optional(Rate('Least bits/s that arrive for the target.')),
    scrub: Type.Optional(
      Type.Literal('failed', { description: 'Scrubbing, by a step before, has failed or was refused.' }),
    ),
    forMs: Type.Integer({
      minimum: 1000,
      maximum: 3_600_000,
      description: 'How long it must hold without a break, ms.',
    }),
  },
  'When a step is taken beside those before it; all that is named must hold. Left out, it is taken where they failed.',
);
export type CompiledCondition = Static<typeof CompiledCondition>;

const Communities = (description: string) =>
  Type.Array(
    Type.String({
      pattern: '^[0-9]{1,5}:[0-9]{1,5}$',
      description: 'Two numbers of 16 bits, such as 65001:100.',
    }),
    { maxItems: 32, description },
  );
const Length = (description: string) => Type.Integer({ minimum: 0, maximum: 128, description });
const NextHop = (description: string) => Type.Union([Address, Type.Null()], { description });

export const CompiledFlowSpecPolicy = strict(
  {
    name: Name,
    speaker: Type.String({ ...Name, description: 'The BGP speaker of the node, by its name there.' }),
    owned: Type.Array(Cidr, {
      minItems: 1,
      maxItems: 256,
      description: 'Nothing is announced for any address outside of these.',
    }),
    routesMax: Type.Integer({ minimum: 1, maximum: 4096, description: 'Routes at a time.' }),
    perMinute: Type.Integer({ minimum: 1, maximum: 6000, description: 'Announcements in any 60 s.' }),
    lengthMin: Length('Shortest IPv4 destination of a FlowSpec rule.'),
    lengthMin6: Length('Shortest IPv6 destination of a FlowSpec rule.'),
    blackholedShareMax: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Share of the owned addresses that may be blackholed at a time, 0 to 1.',
    }),
    communities: Communities('Communities of every FlowSpec rule.'),
    blackhole: Type.Optional(
      strict(
        {
          nextHop: NextHop('Of IPv4; null where no IPv4 address is blackholed.'),
          nextHop6: NextHop('Of IPv6; null where no IPv6 address is blackholed.'),
          communities: Communities('Communities of a blackhole.'),
        },
        'How an address is blackholed. Left out, none is.',
      ),
    ),
  },
  'What may be announced by BGP.',
);
export type CompiledFlowSpecPolicy = Static<typeof CompiledFlowSpecPolicy>;
