/** Bodies of the records about an incident: opened, named anew, closed. */
import { Type } from 'typebox';
import { Address, Counter64, Family, strict } from '../../common.ts';
import { Reasons, IncidentId, Evidence } from './parts.ts';

export const incidentBodies = {
  'incident.opened': strict(
    {
      incident: IncidentId,
      target: Address,
      family: Family,
      confidence: Type.Number({ minimum: 0, maximum: 1, description: 'How sure, from 0 to 1.' }),
      evidence: Evidence,
      reasons: Reasons,
    },
    'An attack was detected.',
  ),
  'incident.updated': strict(
    {
      incident: IncidentId,
      target: Address,
      family: Family,
      confidence: Type.Number({ minimum: 0, maximum: 1, description: 'How sure, from 0 to 1.' }),
      reasons: Reasons,
    },
    'An incident was named anew, or another vector joined it.',
  ),
  'incident.closed': strict(
    {
      incident: IncidentId,
      target: Address,
      family: Family,
      reason: Type.Enum(['quiet', 'released', 'stopped', 'policy', 'expired'], {
        description: 'Why it ended.',
      }),
      durationMs: Type.Integer({ minimum: 0, description: 'From opening to closing, ms.' }),
      droppedPackets: Type.String({
        ...Counter64,
        description: 'Packets dropped by rules and above ceilings, as a decimal string.',
      }),
      droppedBytes: Type.String({
        ...Counter64,
        description: 'Bytes dropped by rules, as a decimal string; ceilings count packets only.',
      }),
    },
    'An incident ended.',
  ),
} as const;
