/** What `tidegate-agent doctor` finds. */
import { Type, type Static } from 'typebox';
import { strict } from '../common.ts';

export const DoctorCheck = strict(
  {
    id: Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'Which check, such as kernel-version.' }),
    subject: Type.Union([Type.String({ description: 'What was looked at.' }), Type.Null()], {
      description: 'Which one of several it is about, such as an interface; null where there is only one.',
    }),
    status: Type.Enum(['ok', 'warn', 'fail', 'skipped'], {
      description:
        'fail keeps the agent from its work, warn makes it worse at it, skipped could not be looked at or does not apply.',
    }),
    found: Type.String({ description: 'What was found, or why nothing was looked at.' }),
    meaning: Type.Union([Type.String({ description: 'What follows from it.' }), Type.Null()], {
      description: 'What it means for the defence, null where all is well.',
    }),
    fix: Type.Union([Type.String({ description: 'What helps.' }), Type.Null()], {
      description: 'What to do about it, null where there is nothing to do.',
    }),
  },
  'What one check found.',
);
export type DoctorCheck = Static<typeof DoctorCheck>;

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const Doctor = strict(
  {
    schema: Type.Literal('tidegate/doctor/v1', { description: 'The version of this shape.' }),
    checks: Type.Array(DoctorCheck, { description: 'Findings in the order of the checks.' }),
    summary: strict(
      {
        ok: count('Checks without a finding.'),
        warn: count('Warnings.'),
        fail: count('Failures; with any, the command exits with 1.'),
        skipped: count('Checks that could not be made or do not apply.'),
      },
      'How many checks came out how.',
    ),
  },
  'The JSON of `tidegate-agent doctor --format json`.',
);
export type Doctor = Static<typeof Doctor>;
