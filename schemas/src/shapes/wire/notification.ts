/** What people are told of an incident: the body that a webhook receives, and what every other channel is written from. */
import { Type, type Static } from 'typebox';
import { Commit, Family, Mode, Name, NotificationOccasion, Target, Timestamp, strict } from '../common.ts';
import { IncidentId } from './audit/parts.ts';
import { Answers, Sentences, incidentFields } from './explanation.ts';

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
    ...incidentFields,
    measured: Sentences('Why it is an incident.'),
    named: Sentences('Why it has this name.'),
    answered: Answers('What was done so far, in the order of time.', 'What was done, and what was verified.'),
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
