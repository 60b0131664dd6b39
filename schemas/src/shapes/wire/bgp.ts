/** Routes that a speaker holds for others, each until a time: what it keeps on its disk. */
import { Type, type Static } from 'typebox';
import { Address, Cidr, Timestamp, strict } from '../common.ts';

const Range = (most: number, what: string) =>
  Type.Optional(
    Type.Array(
      strict(
        {
          from: Type.Integer({ minimum: 0, maximum: most, description: 'Lowest, inclusive.' }),
          to: Type.Integer({ minimum: 0, maximum: most, description: 'Highest, inclusive.' }),
        },
        'A range, both ends included.',
      ),
      { minItems: 1, maxItems: 80, description: `${what}; any of them.` },
    ),
  );

const Bits = (what: string) =>
  Type.Optional(
    Type.Array(
      strict(
        {
          mask: Type.Integer({ minimum: 1, maximum: 255, description: 'Which bits are looked at.' }),
          value: Type.Integer({ minimum: 0, maximum: 255, description: 'What those bits must be.' }),
        },
        'Matches when (bits & mask) == value.',
      ),
      { minItems: 1, maxItems: 80, description: `${what}; any of them.` },
    ),
  );

const FlowspecMatch = strict(
  {
    family: Type.Union([Type.Literal(4), Type.Literal(6)], { description: 'Of IP.' }),
    destination: Cidr,
    source: Type.Optional(Cidr),
    protocols: Range(255, 'IP protocols'),
    ports: Range(65_535, 'Either port'),
    destinationPorts: Range(65_535, 'Destination ports'),
    sourcePorts: Range(65_535, 'Source ports'),
    icmpTypes: Range(255, 'Types of ICMP or ICMPv6'),
    icmpCodes: Range(255, 'Codes of ICMP or ICMPv6'),
    tcpFlags: Bits('TCP flags, FIN = 1 to CWR = 128'),
    packetLengths: Range(65_535, 'Lengths of the IP packet, bytes'),
    dscp: Range(63, 'Code points'),
    fragment: Bits("Don't fragment = 1, is a fragment = 2, first = 4, last = 8"),
    flowLabels: Range(1_048_575, 'Flow labels of IPv6'),
  },
  'What a FlowSpec rule is about (RFC 8955, RFC 8956).',
);

const rate = { minimum: 1, maximum: 1e12 } as const;
const FlowspecAction = Type.Union(
  [
    strict({ type: Type.Literal('discard', { description: 'Which action it is.' }) }, 'Nothing passes.'),
    strict(
      {
        type: Type.Literal('limit', { description: 'Which action it is.' }),
        bytesPerSecond: Type.Number({ ...rate, description: 'What passes, bytes/s.' }),
      },
      'Some passes.',
    ),
    strict(
      {
        type: Type.Literal('limitPackets', { description: 'Which action it is.' }),
        packetsPerSecond: Type.Number({ ...rate, description: 'What passes, packets/s.' }),
      },
      'Some passes.',
    ),
    strict(
      {
        type: Type.Literal('mark', { description: 'Which action it is.' }),
        dscp: Type.Integer({ minimum: 0, maximum: 63, description: 'The code point.' }),
      },
      'All passes, marked.',
    ),
    strict(
      {
        type: Type.Literal('redirect', { description: 'Which action it is.' }),
        routeTarget: Type.String({ maxLength: 32, description: 'ASN:NUMBER or ADDRESS:NUMBER.' }),
      },
      'Into another routing table.',
    ),
    strict(
      { type: Type.Literal('redirectToIp', { description: 'Which action it is.' }), address: Address },
      'To another next hop.',
    ),
  ],
  { description: 'What a router does with the packets.' },
);

const Communities = Type.Array(
  Type.String({ pattern: '^\\d{1,5}:\\d{1,5}$', description: 'Such as 65535:666.' }),
  { maxItems: 64, description: 'Communities of the route (RFC 1997).' },
);

export const BgpRoute = Type.Union(
  [
    strict(
      {
        kind: Type.Literal('flowspec', { description: 'Which kind of route it is.' }),
        rule: strict(
          {
            match: FlowspecMatch,
            actions: Type.Array(FlowspecAction, { minItems: 1, maxItems: 2, description: 'What is done.' }),
          },
          'A FlowSpec rule.',
        ),
        communities: Communities,
      },
      'A FlowSpec rule, announced.',
    ),
    strict(
      {
        kind: Type.Literal('blackhole', { description: 'Which kind of route it is.' }),
        prefix: Cidr,
        nextHop: Address,
        communities: Communities,
      },
      'A blackhole (RTBH, RFC 5635).',
    ),
  ],
  { description: 'A route.' },
);

export const BgpLease = strict(
  {
    id: Type.String({ minLength: 1, maxLength: 128, description: 'Who wants it, and what for.' }),
    until: Timestamp,
    route: BgpRoute,
  },
  'A route that is wanted until a time.',
);
export type BgpLease = Static<typeof BgpLease>;

export const BgpLeases = strict(
  {
    schema: Type.Literal('tidegate/bgp-leases/v1', { description: 'The version of this shape.' }),
    leases: Type.Array(BgpLease, { maxItems: 100_000, description: 'In the order in which they came.' }),
    leaving: Type.Array(BgpRoute, {
      maxItems: 100_000,
      description: 'Nobody wants them any more, and that they are gone was not seen yet.',
    }),
  },
  'What a speaker holds for others.',
);
export type BgpLeases = Static<typeof BgpLeases>;
