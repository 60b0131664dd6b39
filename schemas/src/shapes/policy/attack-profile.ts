import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import {
  headerFieldNames,
  protocolNumbers,
  tcpFlagBits,
  type ProtocolName,
} from '../../policy/profile/header-fields.ts';
import { Family, strict } from '../common.ts';
import { NumberRange, PayloadRegex, Ports, Share } from './amounts.ts';
import { GroupNames, policyDocument } from './document.ts';

const { attackProfile } = policyDefaults;

const PortList = (which: string) =>
  Type.Array(Ports(`A ${which} port as a number, or a range "from-to".`), {
    minItems: 1,
    maxItems: 8,
    description: `${which === 'source' ? 'Source' : 'Destination'} ports, any of these. Needs protocol tcp or udp.`,
  });

const Flags = (description: string) =>
  Type.Array(
    Type.Enum(Object.keys(tcpFlagBits) as (keyof typeof tcpFlagBits)[], { description: 'A flag of TCP.' }),
    { minItems: 1, maxItems: 8, description },
  );

const FieldName = (description: string) => Type.Enum([...headerFieldNames], { description });

const fieldNumbers = {
  what: 'value',
  min: 0,
  max: 4_294_967_295,
  examples: ['54321', '1200-1500'] as [string, string],
};

const FieldCondition = strict(
  {
    field: FieldName(
      'The field that is looked at, as a number. A packet without it does not match: ip.id, ip.flags, ip.headerLength, ip.source and ip.destination are of IPv4, ip.flowLabel of IPv6. payload.length is counted behind the header of TCP, UDP or ICMP.',
    ),
    in: Type.Optional(
      Type.Array(NumberRange('A value, or a range "from-to".', fieldNumbers), {
        minItems: 1,
        maxItems: 8,
        description: 'The field is any of these values. Exactly one of in, equals and equalsXor is given.',
      }),
    ),
    equals: Type.Optional(
      FieldName(
        'The field is the same as this other one, cut to the bits that it has, as a bot leaves the destination address in the sequence number.',
      ),
    ),
    equalsXor: Type.Optional(
      Type.Array(FieldName('A field.'), {
        minItems: 2,
        maxItems: 4,
        description:
          'The field is what these fields give when they are XORed, cut to the bits that it has, as scanners mark their probes.',
      }),
    ),
  },
  'What a field of the header must be: one of in, equals and equalsXor.',
);

const HexBytes = (description: string) =>
  Type.String({ pattern: '^([0-9A-Fa-f]{2}){1,16}$', maxLength: 32, description });

const Payload = strict(
  {
    regex: Type.Optional(
      PayloadRegex(
        "A regular expression in RE2's syntax, at most 256 characters of printable ASCII, found anywhere in the payload unless it begins with ^. It is about bytes: . is any byte, others than printable ASCII are written as \\xHH. Best in single quotes. It sees what was sampled, the first 128 bytes of a packet.",
      ),
    ),
    bytes: Type.Optional(
      HexBytes('Bytes of the payload in hexadecimal, at most 16, that the kernel compares by itself.'),
    ),
    offset: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1023,
        default: attackProfile.payloadOffset,
        description:
          'Where the bytes lie, counted from the first one behind the header of TCP or UDP. Default 0.',
      }),
    ),
    mask: Type.Optional(
      HexBytes('Which bits of the bytes are looked at, in hexadecimal, as many bytes. Default all.'),
    ),
  },
  'What the payload must be: regex, bytes, or both. Needs protocol tcp or udp.',
);

const Match = strict(
  {
    protocol: Type.Optional(
      Type.Union(
        [
          Type.Enum(Object.keys(protocolNumbers) as ProtocolName[], {
            description: 'A protocol by its name.',
          }),
          Type.Integer({ minimum: 0, maximum: 255, description: 'A protocol by its number (IANA).' }),
        ],
        {
          'x-tidegate': { form: 'protocol' },
          description: `The protocol: ${Object.keys(protocolNumbers).join(', ')}, or a number from 0 to 255.`,
        },
      ),
    ),
    sourcePorts: Type.Optional(PortList('source')),
    destinationPorts: Type.Optional(PortList('destination')),
    packetLengths: Type.Optional(
      Type.Array(
        NumberRange('A length in bytes, or a range "from-to".', {
          what: 'length',
          min: 20,
          max: 65_535,
          examples: ['40', '60-64'],
        }),
        {
          minItems: 1,
          maxItems: 8,
          description: 'Lengths of the whole IP packet, header included, any of these.',
        },
      ),
    ),
    tcpFlags: Type.Optional(
      strict(
        {
          set: Type.Optional(Flags('Flags that are set.')),
          unset: Type.Optional(Flags('Flags that are not set.')),
        },
        'Flags of TCP; what is in neither list may be either. Needs protocol tcp.',
      ),
    ),
    hopLimits: Type.Optional(
      NumberRange('Time to live, or hop limit of IPv6, as a number or a range "from-to".', {
        what: 'hop limit',
        min: 0,
        max: 255,
        examples: ['255', '1-64'],
      }),
    ),
    fragment: Type.Optional(
      Type.Boolean({
        description: 'true: only fragments, the first one included; false: only whole packets. Default both.',
      }),
    ),
    fields: Type.Optional(
      Type.Array(FieldCondition, {
        minItems: 1,
        maxItems: 8,
        description: 'Conditions on fields of the headers. All of them must hold.',
      }),
    ),
    payload: Type.Optional(Payload),
  },
  'The packets that the profile is about. Every given condition must hold.',
);

export const AttackProfile = policyDocument(
  'AttackProfile',
  'A signature of your own: packets by which an attack is known, and what it is then called.',
  {
    groups: Type.Optional(GroupNames('Node groups that this profile is for. Default all of them.')),
    description: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[^\\x00-\\x1f\\x7f]+$',
      description: 'What the signature stands for, one line; it is shown among the reasons of an incident.',
    }),
    family: Type.Optional(
      Type.String({
        ...Family,
        description:
          'What an attack of this profile is called, and what playbooks name to answer it: a family such as syn_flood, or a name of your own. Default the name of the profile, with _ for dot and dash.',
      }),
    ),
    match: Match,
    share: Type.Optional(
      Share(
        'The least part of the excess that must match before an attack is named by the profile. Default 60%.',
        {
          min: 0.05,
          max: 1,
          default: attackProfile.share,
        },
      ),
    ),
    confidence: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: attackProfile.confidence,
        description:
          'How sure the name is where all of the excess matches, from 0 to 1; playbooks ask for 0.8 unless told otherwise. Default 0.9.',
      }),
    ),
  },
);
export type AttackProfile = Static<typeof AttackProfile>;
