/** Bodies of the records about an action: intent first, then what became of it. */
import { Type } from 'typebox';
import { Counter64, Mode, Name, strict } from '../../common.ts';
import { TrafficMatch } from '../match.ts';
import { Backend, CeilingExcesses, ReceiptLevel, Reasons, IncidentId, MitigationId } from './parts.ts';

export const actionBodies = {
  'action.intent': strict(
    {
      incident: IncidentId,
      mitigation: MitigationId,
      playbook: Name,
      step: Type.Integer({ minimum: 0, description: 'Index of the step.' }),
      action: Type.Enum(['drop', 'synproxy', 'flowspec', 'scrub', 'rtbh'], {
        description: 'What is to be done.',
      }),
      backend: Backend,
      mode: Mode,
      match: TrafficMatch,
      ttlMs: Type.Integer({ minimum: 0, description: 'Time to live of the rule, ms.' }),
      reasons: Reasons,
      collateral: Type.Optional(
        strict(
          {
            share: Type.Number({
              minimum: 0,
              maximum: 1,
              description:
                'Share of the legitimate packets that the rule hits, in the class that it hits hardest.',
            }),
            samples: Type.Integer({
              minimum: 0,
              description: 'Packets from before the attack that it was tried on.',
            }),
          },
          'What the rule, as this backend carries it out, would have hit before the attack. Left out where nothing is known from before.',
        ),
      ),
    },
    'Written before the action.',
  ),
  'action.receipt': strict(
    {
      incident: IncidentId,
      mitigation: MitigationId,
      backend: Backend,
      level: ReceiptLevel,
      handle: Type.String({ maxLength: 128, description: 'The name of the rule where it is installed.' }),
      packets: Counter64,
      bytes: Counter64,
      expiresInMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
        description: 'What the kernel says is left of the TTL, ms.',
      }),
    },
    'What was read back.',
  ),
  'action.failed': strict(
    {
      incident: IncidentId,
      mitigation: MitigationId,
      backend: Backend,
      code: Type.String({ pattern: '^TG[0-9]{4}$', description: 'Code from the error catalogue.' }),
      reason: Type.String({ maxLength: 500, description: 'What went wrong.' }),
    },
    'An action did not take effect.',
  ),
  'action.refused': strict(
    {
      incident: IncidentId,
      rail: Type.String({ maxLength: 64, description: 'The safety rail that refused.' }),
      reason: Type.String({ maxLength: 500, description: 'What it would have done.' }),
      match: Type.Union([TrafficMatch, Type.Null()], {
        description: 'The rule that was refused, where there was one.',
      }),
    },
    'A safety rail refused an action.',
  ),
  'action.removed': strict(
    {
      incident: IncidentId,
      mitigation: MitigationId,
      backend: Backend,
      reason: Type.Enum(['quiet', 'released', 'stopped', 'policy', 'expired', 'orphan', 'superseded'], {
        description: 'Why it was removed.',
      }),
      packets: Counter64,
      bytes: Counter64,
      verified: Type.Boolean({ description: 'Whether its absence was read back.' }),
    },
    'A rule is gone.',
  ),
  'action.ceiling': strict(
    {
      incident: IncidentId,
      mitigation: MitigationId,
      phase: Type.Enum(['began', 'ended'], {
        description:
          'began: seen above a ceiling for the first time in this incident; ended: the incident is over.',
      }),
      backend: Backend,
      mode: Mode,
      threshold: Name,
      level: ReceiptLevel,
      exceeded: CeilingExcesses,
      packets: Counter64,
      durationMs: Type.Integer({
        minimum: 0,
        description: 'From the first to the last window with packets above a ceiling, ms.',
      }),
    },
    'A ceiling of the policy held traffic back, as the kernel counted it; in observe mode it would have. Written once when it begins, and once with the totals.',
  ),
} as const;
