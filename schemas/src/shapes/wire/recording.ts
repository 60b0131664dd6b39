/** A recording: what a node saw, as NDJSON. Simulation, policy tests and the demo without root replay it. */
import { Type, type Static } from 'typebox';
import { Address, Base64, Cidr, Counter64, Name, Timestamp, strict } from '../common.ts';

export const RecordingHeader = strict(
  {
    schema: Type.Literal('tidegate/recording/v1', { description: 'The version of this shape.' }),
    node: Name,
    startedAt: Timestamp,
    windowMs: Type.Integer({ minimum: 10, maximum: 60_000, description: 'Nominal length of a window, ms.' }),
    protect: Type.Array(Cidr, { minItems: 1, maxItems: 1024, description: 'Prefixes that were counted.' }),
    classes: Type.Array(Type.String({ maxLength: 32 }), {
      minItems: 1,
      maxItems: 64,
      description: 'Names of the counters of a target, in the order in which windows carry them.',
    }),
    seed: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'Seed of the generator that made it, where it is synthetic.',
      }),
    ),
    anonymised: Type.Optional(
      Type.Boolean({
        description:
          'Whether source addresses in the samples were replaced, prefixes kept. Left out, they were not.',
      }),
    ),
  },
  'First line of a recording.',
);
export type RecordingHeader = Static<typeof RecordingHeader>;

export const RecordingSample = strict(
  {
    target: Address,
    atMs: Type.Number({ minimum: 0, description: 'Time since the start of the recording, ms.' }),
    length: Type.Integer({ minimum: 1, maximum: 65_575, description: 'Length of the IP packet, bytes.' }),
    rate: Type.Integer({ minimum: 1, description: 'One of how many packets this sample stands for.' }),
    data: Base64,
    isIndicator: Type.Optional(
      Type.Boolean({ description: 'Whether its source is a threat indicator. Left out, it is not.' }),
    ),
    label: Type.Optional(
      Type.Enum(['legitimate', 'attack'], { description: 'What the generator says it is.' }),
    ),
  },
  'A sampled packet, from its IP header, at most 128 bytes of it.',
);
export type RecordingSample = Static<typeof RecordingSample>;

export const RecordingWindow = strict(
  {
    atMs: Type.Number({ minimum: 0, description: 'End of the window since the start of the recording, ms.' }),
    intervalMs: Type.Number({
      exclusiveMinimum: 0,
      description: 'Length of the window by the kernel clock, ms.',
    }),
    targets: Type.Array(
      strict(
        {
          target: Address,
          counts: Type.Array(Counter64, {
            minItems: 1,
            maxItems: 64,
            description: 'What each class counted in this window.',
          }),
        },
        'A target that saw traffic.',
      ),
      { maxItems: 65_536, description: 'Targets that saw traffic.' },
    ),
    samples: Type.Array(RecordingSample, { maxItems: 4096, description: 'Sampled packets of this window.' }),
    samplesLost: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Samples that did not fit. Left out, none.' }),
    ),
    uncountedPackets: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Packets that could not be counted by target. Left out, none.',
      }),
    ),
    host: Type.Optional(
      strict(
        {
          listenOverflows: Type.Number({
            minimum: 0,
            description: 'Connection requests that found a full backlog.',
          }),
          synCookiesSent: Type.Number({ minimum: 0, description: 'SYN cookies that the kernel sent.' }),
          cardDrops: Type.Number({
            minimum: 0,
            description: 'Packets that the network cards could not take.',
          }),
          softirqShare: Type.Number({
            minimum: 0,
            maximum: 1,
            description: 'Share of the busiest CPU that went into softirqs.',
          }),
        },
        'What the host itself counted in this window. Left out where it was not looked at.',
      ),
    ),
    labels: Type.Optional(
      Type.Array(
        strict(
          {
            target: Address,
            family: Type.String({ maxLength: 48, description: 'The attack that is on, or none.' }),
          },
          'What the generator says of a target.',
        ),
        { maxItems: 1024, description: 'What is on in this window, where it is known.' },
      ),
    ),
  },
  'Every further line of a recording.',
);
export type RecordingWindow = Static<typeof RecordingWindow>;

export const RecordingEnd = strict(
  {
    schema: Type.Literal('tidegate/recording-end/v1', { description: 'The version of this shape.' }),
    windows: Type.Integer({ minimum: 0, description: 'Windows that were written.' }),
    windowsLost: Type.Integer({
      minimum: 0,
      description: 'Windows that are missing, because they could not be written as fast as they came.',
    }),
    reason: Type.Enum(['duration', 'size', 'stopped'], {
      description: 'Why it ends: its time was over, it would have grown too large, or the agent stopped.',
    }),
  },
  'Last line of a recording that an agent wrote; where it is missing, the recording was cut off or generated.',
);
export type RecordingEnd = Static<typeof RecordingEnd>;
