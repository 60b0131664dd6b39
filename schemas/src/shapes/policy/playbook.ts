import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { Name, strict } from '../common.ts';
import { BitRate, Duration, PacketRate, Share } from './amounts.ts';
import { ChannelNames, GroupNames, policyDocument } from './document.ts';

const { playbook } = policyDefaults;

const ttlBounds = { min: 1000, max: 86_400_000 };

const ttl = Duration(
  'The kernel itself ends the rule after this time, 1s to 24h; it is renewed while the attack lasts.',
  ttlBounds,
);

const upstreamTtl = Duration(
  'The route is withdrawn after this time, 1s to 24h, also with this agent dead where a site speaker holds it. It is renewed while the attack is still seen; where it is not, the withdrawal shows whether the attack is over, and each time it is not the next one lasts twice as long.',
  ttlBounds,
);

const When = Type.Object(
  {
    linkShare: Type.Optional(
      Share(
        'Share of the linkCapacity of the group that arrives at the host at least, what the host drops included, such as 60%.',
        { min: 0.01, max: 1 },
      ),
    ),
    packets: Type.Optional(PacketRate('Packets/s that arrive for the target at least, such as 500kpps.')),
    bits: Type.Optional(BitRate('Bits/s that arrive for the target at least, such as 5Gbps.')),
    scrub: Type.Optional(
      Type.Enum(['failed'], {
        description:
          'failed: a step before that hands the target to a scrubbing provider has failed, or was refused.',
      }),
    ),
    for: Type.Optional(
      Duration(
        'How long it must hold without a break, after the steps before have taken effect or failed, 1s to 1h. Default 10s.',
        { min: 1000, max: 3_600_000, default: policyDefaults.escalation.for },
      ),
    ),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    description: 'When the attack is past what the steps before can do; all that is named must hold.',
  },
);

const policy = Type.String({ ...Name, description: 'The FlowSpecPolicy that it is announced by.' });

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

const SynProxy = strict(
  { ttl, mode },
  'Answers the connection requests of a SYN flood with SYN cookies in XDP, on the ports that are flooded: only clients that answer reach the server. For floods that nothing else tells from real clients. Needs XDP, a listening socket on this host and net.ipv4.tcp_syncookies.',
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
    when: Type.Optional(When),
    mode,
  },
  'Drops the packets of the attack in the kernel, by the narrowest rule that covers them. Without when it is taken at once, and by a later step where those before failed.',
);

const FlowSpec = strict(
  {
    policy,
    rate: Type.Optional(
      BitRate('Bits/s of the rule that routers let pass, such as 10Mbps. Default: they drop all of it.'),
    ),
    ttl: upstreamTtl,
    when: Type.Optional(When),
    mode,
  },
  'Lets the routers in front drop the packets of the attack, by a FlowSpec rule (RFC 8955). Without when it is taken where the steps before failed.',
);

const Blackhole = strict(
  { policy, ttl: upstreamTtl, when: When, mode },
  'Lets the routers in front drop everything for the attacked address (RTBH, RFC 5635): it is gone, and what shares the link with it lives on. It completes the attack, and is the last step.',
);

const Scrub = strict(
  {
    scrubber: Type.String({ ...Name, description: 'The Scrubber that it is handed to.' }),
    ttl: Duration(
      'How long traffic is scrubbed, 1m to 24h, from when it is. It is renewed while the attack is still seen; where it is not, the end of the scrubbing shows whether the attack is over, and each time it is not the next one lasts twice as long.',
      { min: 60_000, max: 86_400_000 },
    ),
    when: When,
    mode,
  },
  'Hands the attacked address, or the prefix around it, to a scrubbing provider, who sends on what is legitimate.',
);

const Step = Type.Object(
  {
    drop: Type.Optional(Drop),
    synproxy: Type.Optional(SynProxy),
    flowspec: Type.Optional(FlowSpec),
    scrub: Type.Optional(Scrub),
    rtbh: Type.Optional(Blackhole),
  },
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
