/** What an agent says of itself, every few seconds. */
import { Type, type Static } from 'typebox';
import { Counter64, Digest, Family, Mode, Name, Timestamp, Target, strict } from '../common.ts';
import { CeilingClass } from './bundle.ts';

export const Incident = strict(
  {
    id: Type.String({ pattern: '^inc-[0-9a-f]{16}$', description: 'The incident.' }),
    target: Target,
    family: Family,
    confidence: Type.Number({ minimum: 0, maximum: 1, description: 'How sure, from 0 to 1.' }),
    openedAt: Timestamp,
    state: Type.Enum(['open', 'mitigating', 'mitigated', 'releasing'], {
      description: 'How far the response is.',
    }),
    packetsPerSecond: Type.Number({
      minimum: 0,
      description: 'Packets/s to the target now, dropped ones included.',
    }),
    droppedPackets: Counter64,
    ceiling: Type.Optional(
      strict(
        { threshold: Name, mode: Mode, packets: Counter64 },
        'The ceiling of the policy that holds it down, or in observe mode would, and the packets above it.',
      ),
    ),
  },
  'An incident that is not over.',
);

export const Heartbeat = strict(
  {
    schema: Type.Literal('tidegate/heartbeat/v1', { description: 'The version of this shape.' }),
    agent: Name,
    version: Type.String({ maxLength: 64, description: 'Version of the agent.' }),
    at: Timestamp,
    capture: Type.String({ maxLength: 64, description: 'The capture source and mode, such as xdp/native.' }),
    mode: Type.Union([Mode, Type.Null()], { description: 'The mode in force, null without a bundle.' }),
    stopped: Type.Boolean({ description: 'Whether stop-all is in force.' }),
    digests: strict(
      {
        offered: Type.Union([Digest, Type.Null()], {
          description: 'The bundle last offered by the controller.',
        }),
        verified: Type.Union([Digest, Type.Null()], { description: 'The bundle last verified.' }),
        effective: Type.Union([Digest, Type.Null()], { description: 'The bundle in force.' }),
      },
      'Where the agent stands with its policy.',
    ),
    failed: Type.Union(
      [
        strict(
          {
            stage: Type.String({ maxLength: 32, description: 'Where it failed.' }),
            reason: Type.String({ maxLength: 500, description: 'What was wrong.' }),
          },
          'Why the offered bundle is not in force.',
        ),
        Type.Null(),
      ],
      { description: 'Why the offered bundle was refused, null where it was not.' },
    ),
    spool: strict(
      {
        pending: Type.Integer({ minimum: 0, description: 'Records without a receipt.' }),
        lastSeq: Type.Integer({ minimum: 0, description: 'Sequence number of the last record.' }),
        failing: Type.Optional(
          Type.Boolean({ description: 'Whether records are being lost, as the disk or the spool is full.' }),
        ),
      },
      'The audit spool.',
    ),
    indicators: Type.Optional(
      strict(
        {
          wanted: Type.Union([Digest, Type.Null()], {
            description: 'The indicator set that the policy in force names.',
          }),
          effective: Type.Union([Digest, Type.Null()], { description: 'The indicator set in force.' }),
          failed: Type.Union(
            [
              strict(
                {
                  stage: Type.String({ maxLength: 32, description: 'Where it failed.' }),
                  reason: Type.String({ maxLength: 500, description: 'What was wrong.' }),
                },
                'Why the wanted set is not in force.',
              ),
              Type.Null(),
            ],
            { description: 'Why the wanted set is not in force, null where it is or is still on its way.' },
          ),
        },
        'Where the agent stands with its threat indicators.',
      ),
    ),
    surges: Type.Optional(
      Type.Array(
        strict(
          {
            target: Target,
            metric: CeilingClass,
            value: Type.Number({ minimum: 0, description: 'Packets/s now, bits/s for the metric bits.' }),
            usual: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
              description:
                'What is usual at this hour of the week, in the same unit; null before it was learned.',
            }),
          },
          'More traffic than usual, of the usual kind.',
        ),
        { maxItems: 64, description: 'Targets with more traffic than usual that do not look attacked.' },
      ),
    ),
    notes: Type.Optional(
      Type.Array(Type.String({ maxLength: 300 }), {
        maxItems: 16,
        description:
          'What of the policy this node cannot do, in sentences; empty or left out where there is nothing.',
      }),
    ),
    incidents: Type.Array(Incident, { maxItems: 256, description: 'Incidents that are not over.' }),
  },
  'The state of an agent.',
);
export type Incident = Static<typeof Incident>;
export type Heartbeat = Static<typeof Heartbeat>;
