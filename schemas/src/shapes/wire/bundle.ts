/** The policy of one node group, compiled from one git revision: the unit that is signed, synced and activated. */
import { Type, type Static, type TProperties } from 'typebox';
import {
  Cidr,
  Commit,
  Digest,
  FeedAction,
  InterfaceName,
  KeyId,
  Mode,
  Name,
  NotificationOccasion,
  SecretRef,
  Signature,
  Timestamp,
  strict,
} from '../common.ts';
import { profilesMax } from '../../policy/profile/bounds.ts';
import { PortRange } from './match.ts';
import { CompiledProfile } from './profile.ts';
import { CompiledScrubber } from './scrubber.ts';
import { CompiledCondition, CompiledFlowSpecPolicy } from './upstream.ts';

const Rate = (description: string) => Type.Number({ minimum: 0, maximum: 1e15, description });
const Allowed = (description: string) => Type.Number({ minimum: 1, maximum: 1e15, description });
const Milliseconds = (description: string) => Type.Integer({ minimum: 0, maximum: 604_800_000, description });

/** What a ceiling or an excess over one is about. A packet counts in packets, in bits and in exactly one of the others. */
export const CeilingClass = Type.Enum(
  ['packets', 'bits', 'syn', 'tcp', 'udp', 'icmp', 'fragments', 'other'],
  {
    description: 'What is held down. bits is in bits/s, everything else in packets/s.',
  },
);
export type CeilingClass = Static<typeof CeilingClass>;

export const CompiledCeiling = strict(
  {
    burstMs: Type.Integer({
      minimum: 1,
      maximum: 2000,
      description: 'How much unused time may be saved up for a burst, ms.',
    }),
    limits: Type.Array(
      strict(
        { class: CeilingClass, perSecond: Allowed('What may pass, packets/s; bits/s for the class bits.') },
        'The ceiling of one class.',
      ),
      { minItems: 1, maxItems: 8, description: 'Each class at most once.' },
    ),
  },
  'What one target may receive at the most, held by the kernel from the first packet.',
);
export type CompiledCeiling = Static<typeof CompiledCeiling>;

export const CompiledThreshold = strict(
  {
    name: Name,
    targets: Type.Array(Cidr, {
      maxItems: 1024,
      description:
        'Prefixes this threshold is for; empty means every protected prefix. The longest prefix wins.',
    }),
    floorPacketsPerSecond: Type.Union([Rate('Never alarm on packets below this, packets/s.'), Type.Null()], {
      description: 'Packet floor in packets/s, null where none is declared.',
    }),
    floorBitsPerSecond: Type.Union([Rate('Never alarm on volume below this, bits/s.'), Type.Null()], {
      description: 'Volume floor in bits/s, null where none is declared.',
    }),
    ceiling: Type.Optional(CompiledCeiling),
    holdMs: Milliseconds(
      'How long the floor must be exceeded before an incident opens, ms; 0 opens on the first window.',
    ),
    sensitivity: Type.Optional(
      Type.Enum(['relaxed', 'balanced', 'strict'], {
        description: 'How far above what is usual the traffic must be. Left out for balanced.',
      }),
    ),
    releaseRatio: Type.Number({
      minimum: 0.05,
      maximum: 1,
      description: 'An attack counts as over while its rate stays below floor times this ratio.',
    }),
  },
  'A threshold with its amounts in base units.',
);
export type CompiledThreshold = Static<typeof CompiledThreshold>;

export const CompiledStep = strict(
  {
    action: Type.Enum(['drop', 'synproxy', 'flowspec', 'scrub', 'rtbh'], {
      description: 'What the step does.',
    }),
    via: Type.Enum(['auto', 'xdp', 'nftables', 'flowspec', 'scrubber', 'rtbh'], {
      description: 'The backend; auto takes XDP where the capture runs on it, else nftables.',
    }),
    policy: Type.Optional(
      Type.String({ ...Name, description: 'With flowspec and rtbh: the name of the FlowSpecPolicy.' }),
    ),
    scrubber: Type.Optional(Type.String({ ...Name, description: 'With scrub: the name of the Scrubber.' })),
    when: Type.Optional(CompiledCondition),
    ttlMs: Type.Integer({
      minimum: 1000,
      maximum: 86_400_000,
      description:
        'The kernel itself ends the rule after this time, ms; it is renewed while the attack lasts.',
    }),
    limit: Type.Optional(
      strict(
        {
          perSecond: Allowed('What may pass, packets/s or bits/s.'),
          unit: Type.Enum(['packets', 'bits'], { description: 'What is limited.' }),
        },
        'Only with drop and flowspec: drops what exceeds this rate. Left out, it drops everything.',
      ),
    ),
    mode: Mode,
  },
  'One step of a playbook.',
);
export type CompiledStep = Static<typeof CompiledStep>;

const Notified = (description: string) => Type.Array(Name, { minItems: 1, maxItems: 16, description });

const destination = <const Kind extends string, const Rest extends TProperties>(
  type: Kind,
  description: string,
  rest: Rest,
) => strict({ type: Type.Literal(type, { description: 'What it leads to.' }), ...rest }, description);
const Address = Type.String({ maxLength: 2048, description: 'Where it is sent.' });

export const CompiledChannel = strict(
  {
    name: Name,
    to: Type.Union(
      [
        destination('discord', 'A webhook of Discord.', { url: SecretRef }),
        destination('slack', 'An incoming webhook of Slack.', { url: SecretRef }),
        destination('pagerduty', 'A service of PagerDuty.', { url: Address, routingKey: SecretRef }),
        destination('opsgenie', 'A team of Opsgenie.', { url: Address, apiKey: SecretRef }),
        destination('webhook', 'A receiver of the user.', { url: Address, secret: Type.Optional(SecretRef) }),
        destination('email', 'Mail.', {
          host: Type.String({ maxLength: 253, description: 'The mail server.' }),
          port: Type.Integer({ minimum: 1, maximum: 65535, description: 'Its port.' }),
          security: Type.Enum(['starttls', 'tls', 'none'], { description: 'How it is encrypted.' }),
          user: Type.Optional(Type.String({ maxLength: 255, description: 'Name to sign in with.' })),
          password: Type.Optional(SecretRef),
          from: Type.String({ maxLength: 320, description: 'Sender.' }),
          to: Type.Array(Type.String({ maxLength: 320, description: 'A receiver.' }), {
            minItems: 1,
            maxItems: 16,
            description: 'Receivers.',
          }),
        }),
      ],
      { description: 'Where it leads.' },
    ),
    on: Type.Array(NotificationOccasion, { minItems: 1, maxItems: 4, description: 'What is told.' }),
    perMinute: Type.Integer({ minimum: 1, maximum: 600, description: 'Most notifications a minute.' }),
  },
  'A notification channel; secrets are references, which the node resolves.',
);
export type CompiledChannel = Static<typeof CompiledChannel>;

export const CompiledPlaybook = strict(
  {
    name: Name,
    families: Type.Array(
      Type.String({
        pattern: '^[a-z*][a-z0-9_*]{0,47}$',
        description: 'A family name, or a pattern with *.',
      }),
      { minItems: 1, maxItems: 64, description: 'Families that trigger this playbook.' },
    ),
    confidence: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Least confidence of the classification that triggers this playbook.',
    }),
    steps: Type.Array(CompiledStep, { minItems: 1, maxItems: 16, description: 'Steps in order.' }),
    notify: Type.Optional(
      Notified('Channels that are told of incidents of these families, by name. Left out, none.'),
    ),
    releaseAfterMs: Milliseconds('Quiet time before the mitigation is lifted, ms.'),
    probeMs: Type.Optional(
      Milliseconds(
        'How long the incident stays open and watched after its rules were lifted, ms. Left out, it is closed with them.',
      ),
    ),
  },
  'A playbook with its amounts in base units.',
);
export type CompiledPlaybook = Static<typeof CompiledPlaybook>;

export const CompiledFlow = strict(
  {
    name: Name,
    source: Cidr,
    destination: Type.Optional(Cidr),
    protocol: Type.Integer({
      minimum: 0,
      maximum: 255,
      description: 'IP protocol number of one with ports: 6 TCP, 17 UDP.',
    }),
    sourcePorts: Type.Optional(PortRange),
    destinationPorts: Type.Optional(PortRange),
    packetsPerSecond: Allowed('What is kept from a drop, packets/s.'),
  },
  'A flow that nothing drops within its rate; without a destination it goes to every protected prefix of its family. It names a port.',
);
export type CompiledFlow = Static<typeof CompiledFlow>;

const IndicatorFeed = strict(
  {
    name: Name,
    action: FeedAction,
    entries: Type.Integer({ minimum: 0, description: 'Entries of the feed in this set, each counted once.' }),
    credit: Type.Optional(
      Type.String({ maxLength: 500, description: 'What the feed asks to be said about its origin.' }),
    ),
  },
  'A threat feed in an indicator set.',
);

export const Indicators = strict(
  {
    digest: Digest,
    bytes: Type.Integer({ minimum: 1, maximum: 536_870_912, description: 'Size of the set, bytes.' }),
    addresses: Type.Integer({
      minimum: 0,
      description: 'Entries that are one address; what two feeds list counts twice.',
    }),
    prefixes: Type.Integer({
      minimum: 0,
      description: 'Entries that are a prefix; what two feeds list counts twice.',
    }),
    feeds: Type.Array(IndicatorFeed, { maxItems: 255, description: 'Threat feeds in the set.' }),
  },
  'The indicator set to match sources against. It is fetched on its own, and proved by its digest.',
);
export type Indicators = Static<typeof Indicators>;

export const Bundle = strict(
  {
    schema: Type.Literal('tidegate/bundle/v1', { description: 'The version of this shape.' }),
    group: Name,
    epoch: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Rises with every publication, also with a rollback; an agent never goes back.',
    }),
    commit: Commit,
    issuedAt: Timestamp,
    expiresAt: Timestamp,
    allowEmpty: Type.Boolean({
      description: 'Whether a bundle without playbooks may replace one that has some.',
    }),
    mode: Mode,
    interfaces: Type.Array(InterfaceName, {
      minItems: 1,
      maxItems: 16,
      description: 'Interfaces that are watched.',
    }),
    protect: Type.Array(Cidr, {
      minItems: 1,
      maxItems: 1024,
      description: 'Prefixes that are protected; only they are ever counted or acted on.',
    }),
    linkCapacityBitsPerSecond: Type.Union([Rate('Capacity of the link, bits/s.'), Type.Null()], {
      description: 'Capacity of the link in bits/s, null where it is not declared.',
    }),
    safelist: Type.Array(Cidr, {
      maxItems: 4096,
      description: 'Sources that are never dropped by a rule of ours.',
    }),
    neverBlock: Type.Optional(
      Type.Array(CompiledFlow, {
        minItems: 1,
        maxItems: 32,
        description: 'Flows that nothing drops, by name. Left out, none.',
      }),
    ),
    blocklist: Type.Optional(
      Type.Array(Cidr, {
        minItems: 1,
        maxItems: 4096,
        description: 'Sources that are dropped always. Left out, none.',
      }),
    ),
    decapsulate: Type.Optional(
      Type.Array(Type.Enum(['gre', 'ipip'], { description: 'A kind of tunnel.' }), {
        minItems: 1,
        maxItems: 2,
        description: 'Tunnels whose inner packet is what is counted and matched. Left out, none.',
      }),
    ),
    thresholds: Type.Array(CompiledThreshold, {
      minItems: 1,
      maxItems: 256,
      description: 'Thresholds of this group.',
    }),
    playbooks: Type.Array(CompiledPlaybook, {
      maxItems: 256,
      description: 'Playbooks of this group, in order of precedence.',
    }),
    flowspec: Type.Optional(
      Type.Array(CompiledFlowSpecPolicy, {
        minItems: 1,
        maxItems: 64,
        description: 'What may be announced by BGP, by name. Left out, nothing.',
      }),
    ),
    scrubbers: Type.Optional(
      Type.Array(CompiledScrubber, {
        minItems: 1,
        maxItems: 64,
        description: 'Who scrubs traffic, by name. Left out, nobody.',
      }),
    ),
    profiles: Type.Optional(
      Type.Array(CompiledProfile, {
        minItems: 1,
        maxItems: profilesMax,
        description: "The users' own signatures, by name. Left out, none.",
      }),
    ),
    channels: Type.Optional(
      Type.Array(CompiledChannel, {
        minItems: 1,
        maxItems: 64,
        description: 'Notification channels that the group or a playbook names. Left out, none.',
      }),
    ),
    notify: Type.Optional(Notified('Channels that are told of every incident, by name. Left out, none.')),
    indicators: Type.Optional(Indicators),
  },
  'A whole snapshot of the policy of one node group. There are no deltas.',
);
export type Bundle = Static<typeof Bundle>;

export const SignedBundle = strict(
  {
    schema: Type.Literal('tidegate/signed-bundle/v1', { description: 'The version of this shape.' }),
    payload: Type.String({
      maxLength: 4_194_304,
      description:
        'The bundle in canonical JSON (RFC 8785). It is verified as these bytes, before it is parsed.',
    }),
    digest: Digest,
    signatures: Type.Array(
      strict(
        { keyId: KeyId, signature: Signature },
        'An Ed25519 signature over the text "tidegate/bundle/v1\\n" followed by the payload.',
      ),
      { minItems: 1, maxItems: 8, description: 'Signatures; one by a pinned key is enough.' },
    ),
  },
  'A bundle as it travels and as it is kept on disk.',
);
export type SignedBundle = Static<typeof SignedBundle>;
