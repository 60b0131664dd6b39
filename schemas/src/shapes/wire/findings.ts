/** What `tidegate validate` finds. */
import { Type, type Static } from 'typebox';
import { strict } from '../common.ts';

export const Finding = strict(
  {
    rule: Type.String({ description: 'Id of the rule, such as TG1003 or a lint rule.' }),
    severity: Type.Enum(['error', 'warning', 'info'], {
      description: 'Only errors keep a revision from taking effect.',
    }),
    file: Type.String({ description: 'Path below the checked folder, with forward slashes.' }),
    line: Type.Integer({ minimum: 1, description: 'Line, from 1.' }),
    column: Type.Integer({ minimum: 1, description: 'Column, from 1, in UTF-16 code units.' }),
    path: Type.String({ description: 'Where in the document, as a JSON Pointer (RFC 6901).' }),
    message: Type.String({ description: 'What is wrong and why.' }),
    suggestion: Type.Union([Type.String({ description: 'What to write.' }), Type.Null()], {
      description: 'What to write instead, null where nothing is near.',
    }),
  },
  'One finding.',
);
export type Finding = Static<typeof Finding>;

export const Findings = strict(
  {
    schema: Type.Literal('tidegate/findings/v1', { description: 'The version of this shape.' }),
    findings: Type.Array(Finding, { description: 'Findings, by file, line and column.' }),
  },
  'The JSON of `tidegate validate --format json`.',
);
export type Findings = Static<typeof Findings>;
