import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { InterfaceName, LabelMap } from '../common.ts';
import { BitRate, Prefix } from './amounts.ts';
import { policyDocument } from './document.ts';

const { nodeGroup } = policyDefaults;

export const NodeGroup = policyDocument('NodeGroup', 'Which nodes share a policy, and what they protect.', {
  selector: LabelMap(
    'Labels that a node must all have to belong to this group. Of several groups the one with the most labels wins.',
    { minProperties: 1, maxProperties: 16 },
  ),
  mode: Type.Optional(
    Type.Enum(['observe', 'enforce'], {
      default: nodeGroup.mode,
      description: 'observe counts and reports what would have been done; enforce does it. Default observe.',
    }),
  ),
  interfaces: Type.Array(InterfaceName, {
    minItems: 1,
    maxItems: 16,
    description: 'Network interfaces to watch.',
  }),
  linkCapacity: Type.Optional(BitRate('Capacity of the link, such as 10Gbps. Unknown where it is left out.')),
  protect: Type.Array(Prefix, {
    minItems: 1,
    maxItems: 1024,
    description: 'Prefixes to protect: only traffic to them is counted or acted on.',
  }),
  safelist: Type.Optional(
    Type.Array(Prefix, {
      maxItems: 4096,
      description: 'Sources that no rule of ours ever drops. Default none.',
    }),
  ),
  decapsulate: Type.Optional(
    Type.Array(
      Type.Enum(['gre', 'ipip'], {
        description: 'gre: generic routing encapsulation (RFC 2784); ipip: IP in IP (RFC 2003, RFC 2473).',
      }),
      {
        maxItems: 2,
        description:
          'Tunnels to look into, where traffic arrives inside them, as behind a scrubbing provider: the inner packet is what is counted and matched. Needs XDP. Default none.',
      },
    ),
  ),
  allowEmpty: Type.Optional(
    Type.Boolean({
      default: nodeGroup.allowEmpty,
      description: 'Whether a policy without playbooks may replace one that has some. Default false.',
    }),
  ),
});
export type NodeGroup = Static<typeof NodeGroup>;
