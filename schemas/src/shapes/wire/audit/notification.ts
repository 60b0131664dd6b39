/** Bodies of the records about notifications. */
import { Type } from 'typebox';
import { Name, NotificationOccasion, strict } from '../../common.ts';
import { IncidentId } from './parts.ts';

const about = {
  incident: IncidentId,
  channel: Name,
  occasion: NotificationOccasion,
  attempts: Type.Integer({ minimum: 0, description: 'How often it was tried.' }),
};

export const notificationBodies = {
  'notification.sent': strict(
    {
      ...about,
      afterMs: Type.Integer({
        minimum: 0,
        description: 'From what it tells to the answer of the receiver, ms.',
      }),
    },
    'The receiver has taken a notification.',
  ),
  'notification.failed': strict(
    { ...about, reason: Type.String({ maxLength: 500, description: 'Why; secrets are left out.' }) },
    'A notification was given up.',
  ),
} as const;
