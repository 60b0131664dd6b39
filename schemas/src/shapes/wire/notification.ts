/** What people are told of an incident: the body that a webhook receives, and what every other channel is written from. */
import { Type, type Static } from 'typebox';
import { Commit, Family, Mode, Name, NotificationOccasion, Target, Timestamp, strict } from '../common.ts';
import { IncidentId } from './audit/parts.ts';

const Sentences = (description: string) =>
  Type.Array(Type.String({ maxLength: 600 }), { maxItems: 64, description });

export const Notification = strict(
  {
    schema: Type.Literal('tidegate/notification/v1', { description: 'The version of this shape.' }),
    id: Type.String({
      maxLength: 128,
      description:
        'The same for every attempt; receivers drop what they know. Also in the header Idempotency-Key.',
    }),
    occasion: NotificationOccasion,
    at: Timestamp,
    node: Name,
    group: Name,
    mode: Mode,
    policy: Type.Union([Commit, Type.Null()], { description: 'Commit of the policy in force.' }),
    incident: IncidentId,
    target: Target,
    family: Family,
    confidence: Type.Number({ minimum: 0, maximum: 1, description: 'How sure, from 0 to 1.' }),
    openedAt: Timestamp,
    closedAt: Type.Union([Timestamp, Type.Null()], { description: 'Null while it is open.' }),
    summary: Type.String({ maxLength: 600, description: 'The whole in one sentence.' }),
    measured: Sentences('Why it is an incident.'),
    named: Sentences('Why it has this name.'),
    answered: Type.Array(
      strict(
        {
          at: Timestamp,
          text: Type.String({ maxLength: 1200, description: 'What was done, and what was verified.' }),
        },
        'One decision, or what became of one.',
      ),
      { maxItems: 64, description: 'What was done so far, in the order of time.' },
    ),
    undo: Type.Union([Type.String({ maxLength: 200 }), Type.Null()], {
      description: 'The one command, on the node, that lifts what was done; null where nothing is in force.',
    }),
    explain: Type.String({
      maxLength: 200,
      description: 'The command, on the node, that says all that is known.',
    }),
    others: Type.Array(
      strict(
        { incident: IncidentId, target: Target, family: Family, occasion: NotificationOccasion },
        'Another one.',
      ),
      { maxItems: 256, description: 'Notifications that waited and are told with this one.' },
    ),
  },
  'A notification.',
);
export type Notification = Static<typeof Notification>;
