import { Type, type Static } from 'typebox';
import { Name, strict } from '../common.ts';
import { policyDocument } from './document.ts';
import { FilePath } from './file-path.ts';

const Actions = (description: string) =>
  Type.Array(Type.Enum(['drop', 'synproxy'], { description: 'An action of a playbook step.' }), {
    minItems: 1,
    maxItems: 16,
    description,
  });

export const PolicyTest = policyDocument(
  'PolicyTest',
  'What the policy must do, and must never do, on given traffic.',
  {
    given: strict(
      {
        recording: Type.Optional(
          FilePath('A recording (NDJSON), as a path from the root of the policy folder.'),
        ),
        pcap: Type.Optional(FilePath('A packet capture, as a path from the root of the policy folder.')),
        group: Name,
      },
      'The traffic, either a recording or a pcap, and the node group whose policy is tested.',
    ),
    expect: Type.Optional(Actions('Actions that must be taken.')),
    never: Type.Optional(Actions('Actions that must not be taken.')),
  },
);
export type PolicyTest = Static<typeof PolicyTest>;
