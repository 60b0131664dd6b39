/** Bodies of the records about packet captures. */
import { Type } from 'typebox';
import { Counter64, Timestamp, strict } from '../../common.ts';
import { IncidentId } from './parts.ts';

export const captureBodies = {
  'capture.saved': strict(
    {
      incident: IncidentId,
      file: Type.String({ maxLength: 255, description: 'Name of the file, in the folder of captures.' }),
      bytes: Counter64,
      packets: Type.Integer({ minimum: 0, description: 'Packets in the file.' }),
      from: Timestamp,
      to: Timestamp,
    },
    'The packets of an incident were saved, from before it was detected.',
  ),
  'capture.failed': strict(
    {
      incident: IncidentId,
      reason: Type.String({ maxLength: 500, description: 'Why.' }),
    },
    'The packets of an incident could not be saved.',
  ),
} as const;
