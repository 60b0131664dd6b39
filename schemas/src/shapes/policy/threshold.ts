import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { strict } from '../common.ts';
import { BitRate, Duration, PacketRate, Prefix, Share } from './amounts.ts';
import { GroupNames, policyDocument } from './document.ts';

const { threshold } = policyDefaults;

/** The kernel hands out volume in pieces of 64 KiB: less than this it cannot keep to. */
const ceilingBitsMin = 1e6;

const Ceiling = Type.Object(
  {
    packets: Type.Optional(PacketRate('Packets/s of any kind, such as 3Mpps.')),
    bits: Type.Optional(BitRate('Bits/s of any kind, at least 1Mbps, such as 8Gbps.', ceilingBitsMin)),
    syn: Type.Optional(PacketRate('TCP connection requests (SYN without ACK)/s, such as 50kpps.')),
    tcp: Type.Optional(PacketRate('Other TCP packets/s, such as 1Mpps.')),
    udp: Type.Optional(PacketRate('UDP packets/s, such as 500kpps.')),
    icmp: Type.Optional(PacketRate('ICMP or ICMPv6 packets/s, such as 1kpps.')),
    fragments: Type.Optional(PacketRate('Fragments/s of any protocol, such as 1kpps.')),
    other: Type.Optional(PacketRate('Packets/s of any other protocol, such as 10kpps.')),
    burst: Type.Optional(
      Duration('How much unused time may be saved up for a burst, 1ms to 2s. Default 100ms.', {
        min: 1,
        max: 2000,
        default: threshold.ceilingBurst,
      }),
    ),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    description:
      'What one target may receive at the most, held by the kernel from the first packet: what exceeds it is dropped, whoever sent it. In observe mode it is counted. Needs XDP. A packet counts as one of syn, tcp, udp, icmp, fragments and other.',
  },
);

export const Threshold = policyDocument(
  'Threshold',
  'From which rate on traffic to a target counts as an attack.',
  {
    groups: GroupNames('Node groups that this threshold is for.'),
    targets: Type.Optional(
      Type.Array(Prefix, {
        minItems: 1,
        maxItems: 1024,
        description:
          'Protected prefixes that this threshold is for; the longest prefix wins. Default every protected prefix.',
      }),
    ),
    floor: Type.Object(
      {
        packets: Type.Optional(
          PacketRate('Packets/s to one target below which nothing is reported, such as 20kpps.'),
        ),
        bits: Type.Optional(
          BitRate('Bits/s to one target below which nothing is reported, such as 200Mbps.'),
        ),
      },
      {
        additionalProperties: false,
        minProperties: 1,
        description: 'Never alarm below this. Exceeding one of the two is enough.',
      },
    ),
    ceiling: Type.Optional(Ceiling),
    sensitivity: Type.Optional(
      Type.Enum(['relaxed', 'balanced', 'strict'], {
        default: threshold.sensitivity,
        description:
          'How far above what is usual at this hour of the week traffic must be to be reported: strict 1.25 times the median, balanced 1.5 times, relaxed twice, and more where it varies much. Counts once enough history is held; the floor always does. Default balanced.',
      }),
    ),
    hold: Type.Optional(
      Duration(
        'How long the floor must be exceeded before an incident opens. Default 0s: the first window opens it.',
        {
          default: threshold.hold,
        },
      ),
    ),
    release: Type.Optional(
      strict(
        {
          below: Type.Optional(
            Share(
              'The attack counts as over while its rate stays below this part of the floor. Default 50%.',
              {
                min: 0.05,
                max: 1,
                default: threshold.releaseBelow,
              },
            ),
          ),
        },
        'When an attack counts as over.',
      ),
    ),
  },
);
export type Threshold = Static<typeof Threshold>;
