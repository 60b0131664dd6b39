/** What the bodies of audit records have in common. */
import { Type, type Static } from 'typebox';
import { Counter64, Family, Name, Timestamp, strict } from '../../common.ts';
import { CeilingClass } from '../bundle.ts';

export const Backend = Type.Enum(['xdp', 'nftables', 'flowspec', 'rtbh', 'scrubber', 'replay'], {
  description:
    'Where a rule is installed; flowspec and rtbh are announced by BGP, scrubber is a provider that traffic is handed to, replay is the virtual one of simulations.',
});
export type Backend = Static<typeof Backend>;

/** Receipt levels, weakest first: none is reported above what was seen. */
export const ReceiptLevel = Type.Enum(['accepted', 'advertised', 'installed', 'effective'], {
  description:
    'accepted: the interface said yes; advertised: sent to a BGP peer; installed: read back from where it takes effect; effective: the matching traffic fell.',
});
export type ReceiptLevel = Static<typeof ReceiptLevel>;

export const Reasons = Type.Array(Type.String({ maxLength: 500 }), {
  maxItems: 32,
  description: 'Why, in sentences that a person can act on.',
});
const Rate = (description: string) => Type.Number({ minimum: 0, description });
export const IncidentId = Type.String({ pattern: '^inc-[0-9a-f]{16}$', description: 'The incident.' });
export const MitigationId = Type.String({
  pattern: '^mit-[0-9a-f]{16}$',
  description: 'The mitigation: one rule of one incident in one backend.',
});

/** A ceiling that was exceeded, as the kernel counted it. */
export const CeilingExcess = strict(
  {
    class: CeilingClass,
    perSecond: Rate('The ceiling, packets/s; bits/s for the class bits.'),
    packets: Counter64,
  },
  'One class of a ceiling, and the packets that were above it.',
);
export type CeilingExcess = Static<typeof CeilingExcess>;

export const CeilingExcesses = Type.Array(CeilingExcess, {
  minItems: 1,
  maxItems: 8,
  description: 'What was above its ceiling, each class once.',
});

/** The parts of an attack that uses several families at once. */
export const Vectors = Type.Array(
  strict(
    {
      family: Family,
      share: Type.Number({ minimum: 0, maximum: 1, description: 'Its share of the excess, 0 to 1.' }),
    },
    'One vector.',
  ),
  { minItems: 1, maxItems: 16, description: 'The vectors of the attack, the largest first.' },
);

const Signal = strict(
  {
    name: Type.String({ pattern: '^[a-z][a-z0-9-]{1,31}$', description: 'Such as syn-completion.' }),
    score: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'How strong it is, 0 to 1; it counts from 0.5.',
    }),
    value: Type.Number({ description: 'What was measured.' }),
    usual: Type.Union([Type.Number(), Type.Null()], {
      description: 'What is usual here; null where the value speaks for itself.',
    }),
  },
  'One independent sign that traffic is not what it is at other times, or not what clients send.',
);

export const Evidence = strict(
  {
    metric: Type.Enum(['packets', 'bits', 'syn', 'tcp', 'udp', 'icmp', 'fragments', 'other'], {
      description: 'What exceeded its limit: all packets, all bits, or the packets of one class.',
    }),
    value: Rate('The measured rate, packets/s or bits/s.'),
    threshold: Rate('The limit it exceeded, in the same unit.'),
    packetsPerSecond: Rate('Packets/s to the target in the window.'),
    bitsPerSecond: Rate('Bits/s to the target in the window.'),
    samples: Type.Integer({
      minimum: 0,
      description: 'How many sampled packets the classification rests on.',
    }),
    windowMs: Rate('Length of the window by the kernel clock, ms.'),
    firstPacketAt: Type.Union([Timestamp, Type.Null()], {
      description: 'When the excess began, as near as the kernel time stamps tell.',
    }),
    ceiling: Type.Optional(
      strict(
        { threshold: Name, exceeded: CeilingExcesses },
        'The ceiling of the policy that was exceeded in the window, where one was.',
      ),
    ),
    tier: Type.Optional(
      Type.Enum(['A', 'B'], {
        description:
          'A: more than usual, which alone is answered by nothing; B: also two independent signals, or more than the server or its link can take.',
      }),
    ),
    usual: Type.Optional(
      Rate('What is usual at this hour of the week, in the same unit. Left out before it was learned.'),
    ),
    signals: Type.Optional(
      Type.Array(Signal, { maxItems: 16, description: 'What else speaks for an attack.' }),
    ),
  },
  'What was measured.',
);
export type Evidence = Static<typeof Evidence>;
