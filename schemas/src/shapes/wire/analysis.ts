/** What `tidegate analyze` says of a capture. */
import { Type, type Static } from 'typebox';
import { Cidr, Family, strict } from '../common.ts';
import { PortRange, TrafficMatch } from './match.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });
const amount = (description: string) => Type.Number({ minimum: 0, description });
const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const orNull = <Shape extends Parameters<typeof Type.Union>[0][number]>(shape: Shape, description: string) =>
  Type.Union([shape, Type.Null()], { description });
const FamilyOrNone = Type.Union([Family, Type.Literal('none', { description: 'Nothing was named.' })], {
  description: 'The family of the attack, or none.',
});

const AnalysisVector = strict(
  {
    family: Family,
    share: share('Its part of the excess at the target.'),
    confidence: share('How sure the name is.'),
    protocol: orNull(Type.Integer({ minimum: 0, maximum: 255 }), 'IP protocol number; null for several.'),
    sourcePorts: Type.Array(PortRange, {
      maxItems: 8,
      description: 'Where most of its packets come from; empty where they are spread.',
    }),
    destinationPorts: Type.Array(PortRange, {
      maxItems: 8,
      description: 'Where most of its packets go to; empty where they are spread.',
    }),
    packetLengths: Type.Array(PortRange, {
      maxItems: 8,
      description: 'Lengths of most of its IP packets, bytes.',
    }),
    packetsPerSecond: amount('Mean rate during the attack.'),
    bitsPerSecond: amount('Mean rate during the attack, IP bits.'),
    spoofed: orNull(share('0 to 1.'), 'How likely its sources are made up; null where nobody can tell.'),
    answer: Type.Enum(['rule', 'synproxy', 'limit', 'none'], {
      description:
        'What helps against it: a rule that drops, a SYN proxy, a rate limit, or nothing that is known here.',
    }),
  },
  'One vector of the attack.',
);

const AnalysisTarget = strict(
  {
    target: Type.String({ description: 'An address, or a prefix where many of its hosts share the attack.' }),
    family: FamilyOrNone,
    confidence: share('How sure the name is; 0 for none.'),
    packets: amount('Packets that it received in the whole capture.'),
    bytes: amount('IP bytes that it received in the whole capture.'),
    sources: count('How many different sources it had, within about 3 %.'),
    packetsPerSecond: amount('Mean rate during the attack; of the whole capture where there is none.'),
    bitsPerSecond: amount('Mean rate during the attack, IP bits; of the whole capture where there is none.'),
    peakPacketsPerSecond: amount('In the busiest bin of the timeline.'),
    peakBitsPerSecond: amount('In the busiest bin of the timeline.'),
    usualPacketsPerSecond: orNull(
      amount('Packets/s.'),
      'Rate apart from the attack; null where the capture has nothing else.',
    ),
    startedAtMs: amount('When the attack began, ms from the start of the capture.'),
    endedAtMs: amount('When it ended, or the capture did.'),
  },
  'A target that was looked at.',
);

const AnalysisSource = strict(
  {
    source: Cidr,
    addresses: count('How many of its addresses were seen, at least.'),
    packets: amount('Packets to the target, about.'),
    share: share('Of all packets to the target.'),
    attack: orNull(
      share('0 to 1.'),
      'Which part of its packets is of the attack; null where none was kept to look at.',
    ),
  },
  'Where packets to the target came from.',
);

const AnalysisIndicator = strict(
  {
    type: Type.Enum(
      [
        'source',
        'reflector',
        'sourcePort',
        'destinationPort',
        'packetLength',
        'tcpFlags',
        'hopLimit',
        'payload',
      ],
      { description: 'What kind of thing it is.' },
    ),
    value: Type.String({
      description: 'An address, a port, a length in bytes, flags, or OFFSET:HEX of the payload.',
    }),
    share: share('Of the packets of its vector.'),
    family: Family,
  },
  'Something by which the attack is known again.',
);

const AnalysisRule = strict(
  {
    family: Family,
    backend: Type.Enum(['nftables', 'flowspec'], { description: 'What it is for.' }),
    action: Type.Enum(['drop', 'limit', 'synproxy'], { description: 'What it does with what it hits.' }),
    match: TrafficMatch,
    text: Type.String({ description: 'What to paste.' }),
    lost: Type.Array(Type.String({ description: 'Name of the condition.' }), {
      maxItems: 8,
      description: 'Conditions that the backend cannot say: the rule hits more than was meant.',
    }),
    coverage: share('Of the packets to the target during the attack, how much it hits.'),
    collateral: orNull(
      share('0 to 1.'),
      'Of the packets from before, how much it hits: of all, or of the class that it hits hardest. Null where the capture has none.',
    ),
    collateralAtMost: orNull(
      share('0 to 1.'),
      'What the collateral may be at most, at 95 %, given so few samples.',
    ),
    samples: count('Packets from before that this rests on.'),
  },
  'A suggested rule, and what it would do to the traffic of this capture.',
);

const Amounts = (description: string) =>
  Type.Array(
    strict({ name: Type.String({ description: 'What it is.' }), share: share('Its share.') }, 'One part.'),
    { maxItems: 64, description },
  );

export const Analysis = strict(
  {
    schema: Type.Literal('tidegate/analysis/v1', { description: 'The version of this shape.' }),
    family: FamilyOrNone,
    confidence: share('How sure the name is; 0 for none.'),
    vectors: Type.Array(AnalysisVector, {
      maxItems: 16,
      description: 'The vectors at the first target, the largest first.',
    }),
    targets: Type.Array(AnalysisTarget, {
      maxItems: 64,
      description: 'Attacked targets first, then the busiest.',
    }),
    topSources: Type.Array(AnalysisSource, {
      maxItems: 32,
      description: 'Of the first target, the busiest first.',
    }),
    sourcesSpoofedLikely: Type.Boolean({
      description: 'Whether most of the attack comes from sources that are made up.',
    }),
    indicators: Type.Array(AnalysisIndicator, { maxItems: 512, description: 'What the attack is known by.' }),
    suggested: strict(
      {
        flowspec: Type.Array(Type.String({ description: 'A command of GoBGP.' }), {
          maxItems: 32,
          description: 'For the upstream.',
        }),
        nftables: Type.Array(Type.String({ description: 'Input of nft -f.' }), {
          maxItems: 32,
          description: 'For the server.',
        }),
      },
      'The texts of the rules, without those that were refused.',
    ),
    reasons: Type.Array(Type.String({ maxLength: 1000, description: 'One sentence.' }), {
      maxItems: 64,
      description: 'Why this family, why these rules, and what is not known.',
    }),
    rules: Type.Array(AnalysisRule, {
      maxItems: 64,
      description: 'The suggested rules with what they would do.',
    }),
    startedAt: orNull(
      Type.String({ description: 'RFC 3339 in UTC.' }),
      'Time of the first frame; null where the file keeps none.',
    ),
    durationMs: amount('From the first frame to the last, gaps of more than an hour cut out.'),
    frames: count('Frames that were read.'),
    packets: amount('IP packets, weighted where the capture says that it left some out.'),
    bytes: amount('Their IP bytes.'),
    format: Type.Enum(['pcap', 'pcapng'], { description: 'Of the file.' }),
    fileBytes: amount('Size of the file, unpacked.'),
    linkTypes: Type.Array(
      strict(
        { name: Type.String({ description: 'As tcpdump names it.' }), frames: count('Frames of it.') },
        'One link type.',
      ),
      { maxItems: 16, description: 'Link types of the frames.' },
    ),
    skipped: strict(
      {
        notIp: count('Frames that carry something else, such as ARP.'),
        cutOff: count('Frames of which too little was captured.'),
        malformed: count('IP headers that contradict themselves.'),
        unknownLink: count('Frames of a link type that cannot be read.'),
        untracked: amount('Packets of targets that were too many to be followed.'),
      },
      'What was not analysed, by why.',
    ),
    comments: Type.Array(Type.String({ description: 'As it stands in the file.' }), {
      maxItems: 32,
      description: 'Comments of a pcapng file.',
    }),
    timeline: strict(
      {
        target: Type.String({ description: 'Whose timeline it is.' }),
        binMs: Type.Number({ exclusiveMinimum: 0, description: 'Width of a bin.' }),
        packets: Type.Array(amount('Packets.'), {
          maxItems: 512,
          description: 'Packets to the target in each bin.',
        }),
        bytes: Type.Array(amount('Bytes.'), {
          maxItems: 512,
          description: 'IP bytes to the target in each bin.',
        }),
      },
      'The first target over time.',
    ),
    shares: strict(
      {
        protocols: Amounts('By protocol.'),
        sourcePorts: Amounts('The most frequent source ports of TCP and UDP.'),
        destinationPorts: Amounts('The most frequent destination ports of TCP and UDP.'),
        packetLengths: Amounts('By length of the IP packet, in classes.'),
      },
      'What the packets to the first target were during the attack, told from samples.',
    ),
    partial: orNull(
      strict(
        {
          reason: Type.String({ description: 'What is wrong there.' }),
          atByte: amount('Where in the unpacked file the unread part begins.'),
          unreadBytes: amount('How much was not read.'),
        },
        'What is missing.',
      ),
      'Null where the file was read to its end.',
    ),
  },
  'The JSON of `tidegate analyze --format json`.',
);
export type Analysis = Static<typeof Analysis>;
