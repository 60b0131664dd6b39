/** Why an incident was opened, named and answered as it was: what `explain` says, and what alerts carry. */
import { Type, type Static } from 'typebox';
import { Family, Target, Timestamp, strict } from '../common.ts';
import { IncidentId } from './audit/parts.ts';

export const Sentences = (description: string) =>
  Type.Array(Type.String({ maxLength: 600 }), { maxItems: 64, description });

/** What an incident is, in its own fields and in a sentence. */
export const incidentFields = {
  incident: IncidentId,
  target: Target,
  family: Family,
  confidence: Type.Number({ minimum: 0, maximum: 1, description: 'How sure, from 0 to 1.' }),
  openedAt: Timestamp,
  closedAt: Type.Union([Timestamp, Type.Null()], { description: 'Null while it is open.' }),
  summary: Type.String({ maxLength: 600, description: 'The whole in one sentence.' }),
};

export const Answers = (description: string, entry: string) =>
  Type.Array(
    strict(
      { at: Timestamp, text: Type.String({ maxLength: 1200, description: entry }) },
      'One decision, or what became of one.',
    ),
    { maxItems: 64, description },
  );

export const Explanation = strict(
  {
    schema: Type.Literal('tidegate/explanation/v1', { description: 'The version of this shape.' }),
    ...incidentFields,
    measured: Sentences('Which rule, value, threshold, baseline and signals made it an incident.'),
    named: Sentences('Why it is this family.'),
    answered: Answers(
      'Why these actions and no others, in the order of time.',
      'What was done or refused, and why.',
    ),
  },
  'An incident, explained.',
);
export type Explanation = Static<typeof Explanation>;
