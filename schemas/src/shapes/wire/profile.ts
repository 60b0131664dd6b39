/** A signature of the users' own, as it travels in a bundle. */
import { Type, type Static } from 'typebox';
import { patternCharactersMax } from '../../policy/profile/bounds.ts';
import { headerFieldNames } from '../../policy/profile/header-fields.ts';
import { Family, Name, strict } from '../common.ts';
import { packetConditions } from './match.ts';

const Field = (description: string) => Type.Enum([...headerFieldNames], { description });
const Value = (description: string) => Type.Integer({ minimum: 0, maximum: 4_294_967_295, description });

const FieldCondition = strict(
  {
    field: Field('The field that is looked at.'),
    ranges: Type.Optional(
      Type.Array(
        strict(
          { from: Value('Lowest value, inclusive.'), to: Value('Highest value, inclusive.') },
          'A range of values, both ends included.',
        ),
        { minItems: 1, maxItems: 8, description: 'The field lies in any of these.' },
      ),
    ),
    xorOf: Type.Optional(
      Type.Array(Field('A field.'), {
        minItems: 1,
        maxItems: 4,
        description: 'The field is what these give when they are XORed, cut to its bits.',
      }),
    ),
  },
  'A condition on a field of the header: one of ranges and xorOf.',
);
export type FieldCondition = Static<typeof FieldCondition>;

export const CompiledProfile = strict(
  {
    name: Name,
    description: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'What the signature stands for, one line.',
    }),
    family: Family,
    shareMin: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Least part of the excess that must match before an attack is named by the profile.',
    }),
    confidence: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'How sure the name is where all of the excess matches.',
    }),
    match: strict(packetConditions, 'What the kernel can compare as well. Every given condition must hold.'),
    fields: Type.Optional(
      Type.Array(FieldCondition, {
        minItems: 1,
        maxItems: 8,
        description: 'Conditions on fields of the header. Every one must hold.',
      }),
    ),
    regex: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: patternCharactersMax,
        description: 'A regular expression over the bytes of the payload, in the syntax of RE2.',
      }),
    ),
  },
  'An AttackProfile with its ranges read; at least one condition is given.',
);
export type CompiledProfile = Static<typeof CompiledProfile>;
