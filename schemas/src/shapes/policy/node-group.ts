import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { InterfaceName, LabelMap, Name, strict } from '../common.ts';
import { BitRate, PacketRate, Ports, Prefix } from './amounts.ts';
import { ChannelNames, policyDocument } from './document.ts';

const { nodeGroup } = policyDefaults;

/** Of forged packets of a flow as many get through as its rate lets pass: no flow may be without one in effect. */
const neverBlockRateMax = 1e6;

const NeverBlockFlow = strict(
  {
    name: Name,
    source: Prefix,
    destination: Type.Optional(
      Type.String({
        ...Prefix,
        description:
          'Where the flow goes, inside a protected prefix. Default every protected prefix of the family of the source.',
      }),
    ),
    protocol: Type.Enum(['tcp', 'udp'], {
      description: 'The protocol. A bare source address is never exempt: sources of floods are forged.',
    }),
    port: Type.Optional(
      Ports(
        'Destination port, as a number or a range "from-to". At least one of port and sourcePort is given.',
      ),
    ),
    sourcePort: Type.Optional(Ports('Source port, as a number or a range "from-to".')),
    packets: Type.Optional(
      PacketRate(
        'Packets/s that are kept from a drop, at most 1Mpps; what exceeds it is treated like any other traffic. Default 20kpps.',
        { max: neverBlockRateMax, default: nodeGroup.neverBlockPackets },
      ),
    ),
  },
  'A flow that nothing of ours drops, within its rate.',
);

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
  neverBlock: Type.Optional(
    Type.Array(NeverBlockFlow, {
      maxItems: 32,
      description:
        'Flows that no rule, ceiling, blocklist or feed drops in XDP, each within a rate. Those that the server itself depends on (controller, BGP, SSH sessions) are added by the agent. Needs XDP. Default none.',
    }),
  ),
  blocklist: Type.Optional(
    Type.Array(Prefix, {
      maxItems: 4096,
      description:
        'Sources that are dropped always, attack or not, but for safelist and neverBlock; in the mode observe they are counted. At the widest /8 in IPv4 and /16 in IPv6. Needs XDP. Default none.',
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
  notify: Type.Optional(
    ChannelNames(
      'Channels that are told of every incident of these nodes, also of what nobody can name. Default none.',
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
