import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { strict } from '../common.ts';
import { Duration } from './amounts.ts';
import { GroupNames, policyDocument } from './document.ts';

const { playbook } = policyDefaults;

const Drop = strict(
  {
    ttl: Duration(
      'The kernel itself ends the rule after this time, 1s to 24h; it is renewed while the attack lasts.',
      {
        min: 1000,
        max: 86_400_000,
      },
    ),
    via: Type.Optional(
      Type.Enum(['auto', 'xdp', 'nftables'], {
        default: playbook.via,
        description:
          'Where to drop. auto takes XDP where the capture runs on it, else nftables. Default auto.',
      }),
    ),
    mode: Type.Optional(
      Type.Enum(['observe', 'enforce'], {
        default: playbook.stepMode,
        description:
          'observe only counts in this step; enforce follows the mode of the group. Default enforce.',
      }),
    ),
  },
  'Drops the packets of the attack in the kernel, by the narrowest rule that covers them.',
);

const Step = Type.Object(
  { drop: Type.Optional(Drop) },
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
  release: Type.Optional(
    strict(
      {
        after: Type.Optional(
          Duration('How long the attack must be over before the mitigation is lifted. Default 2m.', {
            default: playbook.releaseAfter,
          }),
        ),
      },
      'When to stop.',
    ),
  ),
});
export type Playbook = Static<typeof Playbook>;
