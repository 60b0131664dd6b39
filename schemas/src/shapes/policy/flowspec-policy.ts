import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { Address as IpAddress, Name, strict } from '../common.ts';
import { Prefix, Share } from './amounts.ts';
import { GroupNames, policyDocument } from './document.ts';

const { flowspecPolicy } = policyDefaults;

const Address = (description: string) => Type.String({ ...IpAddress, description });

const Communities = (description: string) =>
  Type.Array(
    Type.String({
      pattern: '^[0-9]{1,5}:[0-9]{1,5}$',
      description: 'A community (RFC 1997) as two numbers of 16 bits, such as 65001:100.',
    }),
    { maxItems: 32, description },
  );

const Bounds = strict(
  {
    routes: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 4096,
        default: flowspecPolicy.routes,
        description: 'Routes of this policy at a time on one node. Default 64.',
      }),
    ),
    perMinute: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 6000,
        default: flowspecPolicy.perMinute,
        description: 'Announcements of one node within a minute. Default 30.',
      }),
    ),
    length: Type.Optional(
      Type.Integer({
        minimum: 24,
        maximum: 32,
        default: flowspecPolicy.length,
        description: 'Shortest IPv4 destination of a FlowSpec rule, /24 to /32. Default 32, one address.',
      }),
    ),
    length6: Type.Optional(
      Type.Integer({
        minimum: 48,
        maximum: 128,
        default: flowspecPolicy.length6,
        description: 'The same for IPv6, /48 to /128. Default 128.',
      }),
    ),
    blackholed: Type.Optional(
      Share(
        'Share of the owned addresses that may be blackholed at a time; one address always may. Default 5%.',
        {
          min: 0,
          max: 1,
          default: flowspecPolicy.blackholed,
        },
      ),
    ),
  },
  'What may be announced at the most. The agent configuration of each node bounds it once more.',
);

const Blackhole = strict(
  {
    nextHop: Type.Optional(
      Address(
        'IPv4 address that the routers discard, such as 192.0.2.1. Default: no IPv4 address is blackholed.',
      ),
    ),
    nextHop6: Type.Optional(
      Address(
        'IPv6 address that the routers discard, such as 100::1. Default: no IPv6 address is blackholed.',
      ),
    ),
    communities: Type.Optional(
      Communities(
        'Communities of a blackhole. Default 65535:666 (BLACKHOLE, RFC 7999) and 65535:65281 (NO_EXPORT).',
      ),
    ),
  },
  'How an address is blackholed (RTBH, RFC 5635). Default: none is.',
);

export const FlowSpecPolicy = policyDocument(
  'FlowSpecPolicy',
  'What may be announced by BGP to the routers in front: FlowSpec rules (RFC 8955, RFC 8956) and blackholes.',
  {
    groups: Type.Optional(GroupNames('Node groups that may announce by this policy. Default all of them.')),
    speaker: Type.Optional(
      Type.String({
        ...Name,
        default: flowspecPolicy.speaker,
        description: 'Name of the BGP speaker in the agent configuration of the nodes. Default "default".',
      }),
    ),
    owned: Type.Array(Prefix, {
      minItems: 1,
      maxItems: 256,
      description: 'Prefixes that are ours: nothing is announced for any address outside of them.',
    }),
    bounds: Type.Optional(Bounds),
    communities: Type.Optional(Communities('Communities of every FlowSpec rule. Default none.')),
    blackhole: Type.Optional(Blackhole),
  },
);
export type FlowSpecPolicy = Static<typeof FlowSpecPolicy>;
