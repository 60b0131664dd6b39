import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { strict } from '../common.ts';
import { BitRate, Duration, PacketRate } from './amounts.ts';
import { ChannelNames, GroupNames, policyDocument } from './document.ts';

const { playbook } = policyDefaults;

const ttl = Duration(
  'The kernel itself ends the rule after this time, 1s to 24h; it is renewed while the attack lasts.',
  {
    min: 1000,
    max: 86_400_000,
  },
);

const mode = Type.Optional(
  Type.Enum(['observe', 'enforce'], {
    default: playbook.stepMode,
    description: 'observe only counts in this step; enforce follows the mode of the group. Default enforce.',
  }),
);

/** As for ceilings: less the kernel cannot keep to. */
const limitBitsMin = 1e6;

const Limit = Type.Object(
  {
    packets: Type.Optional(PacketRate('Packets/s of the rule that may pass, such as 5kpps.')),
    bits: Type.Optional(
      BitRate('Bits/s of the rule that may pass, at least 1Mbps, such as 10Mbps.', limitBitsMin),
    ),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    description: 'Drops only what exceeds this rate, one of packets and bits. Needs XDP. Default: drops all.',
  },
);

const Drop = strict(
  {
    ttl,
    via: Type.Optional(
      Type.Enum(['auto', 'xdp', 'nftables'], {
        default: playbook.via,
        description:
          'Where to drop. auto takes XDP where the capture runs on it, else nftables. Default auto.',
      }),
    ),
    limit: Type.Optional(Limit),
    mode,
  },
  'Drops the packets of the attack in the kernel, by the narrowest rule that covers them.',
);

const SynProxy = strict(
  { ttl, mode },
  'Answers the connection requests of a SYN flood with SYN cookies in XDP, on the ports that are flooded: only clients that answer reach the server. For floods that nothing else tells from real clients. Needs XDP, a listening socket on this host and net.ipv4.tcp_syncookies.',
);

const Step = Type.Object(
  { drop: Type.Optional(Drop), synproxy: Type.Optional(SynProxy) },
  { additionalProperties: false, minProperties: 1, maxProperties: 1, description: 'One action.' },
);

export const Playbook = policyDocument('Playbook', 'What to do about which attacks.', {
  groups: Type.Optional(GroupNames('Node groups that this playbook is for. Default all of them.')),
  trigger: strict(
    {
      families: Type.Array(
        Type.String({
          pattern: '^[a-z*][a-z0-9_*]{0,47}$',
          description:
            'The name of an attack family such as syn_flood, or a pattern such as "*_amplification".',
        }),
        { minItems: 1, maxItems: 64, description: 'Attack families that this playbook is for.' },
      ),
      confidence: Type.Optional(
        Type.Number({
          minimum: 0,
          maximum: 1,
          default: playbook.confidence,
          description: 'How sure the classification must be, from 0 to 1. Default 0.8.',
        }),
      ),
    },
    'When this playbook begins.',
  ),
  steps: Type.Array(Step, { minItems: 1, maxItems: 16, description: 'What to do, in order.' }),
  notify: Type.Optional(
    ChannelNames(
      'Channels that are told of incidents of these families, also of those that are too doubtful for the steps. Default none.',
    ),
  ),
  release: Type.Optional(
    strict(
      {
        after: Type.Optional(
          Duration('How long the attack must be over before the mitigation is lifted. Default 2m.', {
            default: playbook.releaseAfter,
          }),
        ),
        probe: Type.Optional(
          Duration(
            'How long the target is watched without the rules before the incident is closed, 1s to 10m, such as 10s; what comes back is answered at once, in the same incident. Default: not at all.',
            { min: 1000, max: 600_000 },
          ),
        ),
      },
      'When to stop.',
    ),
  ),
});
export type Playbook = Static<typeof Playbook>;
