/** What packets a rule matches: one neutral shape for XDP, nftables and (later) FlowSpec. */
import { Type, type Static } from 'typebox';
import { Cidr, strict } from '../common.ts';

export const PortRange = strict(
  {
    from: Type.Integer({ minimum: 0, maximum: 65535, description: 'First port, inclusive.' }),
    to: Type.Integer({ minimum: 0, maximum: 65535, description: 'Last port, inclusive.' }),
  },
  'A range of ports, both ends included.',
);
export type PortRange = Static<typeof PortRange>;

export const LengthRange = strict(
  {
    from: Type.Integer({ minimum: 20, maximum: 65535, description: 'Shortest packet, bytes.' }),
    to: Type.Integer({ minimum: 20, maximum: 65535, description: 'Longest packet, bytes.' }),
  },
  'A range of IP packet lengths in bytes, header included (for IPv6 40 plus the payload length), both ends included.',
);
export type LengthRange = Static<typeof LengthRange>;

const TcpFlagsMatch = strict(
  {
    mask: Type.Integer({
      minimum: 1,
      maximum: 255,
      description:
        'Which flag bits are looked at (RFC 9293 order: FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16).',
    }),
    value: Type.Integer({ minimum: 0, maximum: 255, description: 'What those bits must be.' }),
  },
  'Matches when (flags & mask) == value. Only with protocol 6.',
);

const HopLimitRange = strict(
  {
    from: Type.Integer({ minimum: 0, maximum: 255, description: 'Lowest value, inclusive.' }),
    to: Type.Integer({ minimum: 0, maximum: 255, description: 'Highest value, inclusive.' }),
  },
  'A range of the IPv4 time to live or the IPv6 hop limit, both ends included.',
);

const PayloadMatch = strict(
  {
    offset: Type.Integer({
      minimum: 0,
      maximum: 1023,
      description: 'Where the bytes lie, counted from the first byte behind the TCP or UDP header.',
    }),
    bytes: Type.String({
      pattern: '^([0-9a-f]{2}){1,16}$',
      description: 'The bytes, hexadecimal, at most 16.',
    }),
    mask: Type.Optional(
      Type.String({
        pattern: '^([0-9a-f]{2}){1,16}$',
        description: 'Which bits of them are looked at, as many bytes. Default all.',
      }),
    ),
  },
  'Bytes of the payload. Only with protocol 6 or 17; never matches a fragment but the first.',
);

/** What a rule can ask of a packet besides its addresses. */
export const packetConditions = {
  protocol: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 255,
      description: 'IP protocol number: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6.',
    }),
  ),
  sourcePorts: Type.Optional(
    Type.Array(PortRange, { minItems: 1, maxItems: 8, description: 'Source ports, any of these ranges.' }),
  ),
  destinationPorts: Type.Optional(
    Type.Array(PortRange, {
      minItems: 1,
      maxItems: 8,
      description: 'Destination ports, any of these ranges.',
    }),
  ),
  packetLengths: Type.Optional(
    Type.Array(LengthRange, {
      minItems: 1,
      maxItems: 8,
      description: 'Packet lengths, any of these ranges.',
    }),
  ),
  tcpFlags: Type.Optional(TcpFlagsMatch),
  hopLimits: Type.Optional(HopLimitRange),
  fragment: Type.Optional(
    Type.Boolean({
      description: 'true: only fragments, the first one included; false: only whole packets. Default both.',
    }),
  ),
  payload: Type.Optional(PayloadMatch),
};

export const TrafficMatch = strict(
  {
    destination: Cidr,
    source: Type.Optional(Cidr),
    ...packetConditions,
  },
  'The packets that a rule is about. Every given condition must hold; the destination is always given.',
);
export type TrafficMatch = Static<typeof TrafficMatch>;
