/** Bodies of the records about an incident: opened, named anew, closed. */
import { Type } from 'typebox';
import { Counter64, Family, Target, strict } from '../../common.ts';
import { Reasons, IncidentId, Evidence, Vectors } from './parts.ts';

export const incidentBodies = {
  'incident.opened': strict(
    {
      incident: IncidentId,
      target: Target,
      family: Family,
      confidence: Type.Number({ minimum: 0, maximum: 1, description: 'How sure, from 0 to 1.' }),
      evidence: Evidence,
      reasons: Reasons,
      detected: Type.Optional(
        Type.Array(Type.String({ maxLength: 500 }), {
          maxItems: 32,
          description: 'Why it is an incident at all, in sentences: value, limit, what is usual, signals.',
        }),
      ),
      vectors: Type.Optional(Vectors),
      sourcesSpoofed: Type.Optional(
        Type.Number({
          minimum: 0,
          maximum: 1,
          description: 'How likely the sources are forged, from 0 to 1. Left out where samples do not tell.',
        }),
      ),
    },
    'An attack was detected.',
  ),
  'incident.updated': strict(
    {
      incident: IncidentId,
      target: Target,
      family: Family,
      confidence: Type.Number({ minimum: 0, maximum: 1, description: 'How sure, from 0 to 1.' }),
      reasons: Reasons,
      vectors: Type.Optional(Vectors),
    },
    'An incident was named anew, or another vector joined it.',
  ),
  'incident.closed': strict(
    {
      incident: IncidentId,
      target: Target,
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
