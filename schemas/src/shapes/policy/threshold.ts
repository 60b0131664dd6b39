import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { strict } from '../common.ts';
import { BitRate, Duration, PacketRate, Prefix, Share } from './amounts.ts';
import { GroupNames, policyDocument } from './document.ts';

const { threshold } = policyDefaults;

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
