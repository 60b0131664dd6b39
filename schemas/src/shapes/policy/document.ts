/** The frame of every policy document: version, kind, name, spec. */
import { Type, type TProperties } from 'typebox';
import { apiVersion } from '../../policy/defaults.ts';
import { Name, strict } from '../common.ts';

/** A document of one kind around its spec. */
export const policyDocument = <const Kind extends string, const Spec extends TProperties>(
  kind: Kind,
  description: string,
  spec: Spec,
) =>
  strict(
    {
      apiVersion: Type.Literal(apiVersion, {
        description: 'The version of the policy language, tidegate/v1.',
      }),
      kind: Type.Literal(kind, { description: `The kind of document, ${kind}.` }),
      metadata: strict({ name: Name }, 'What the document is called; unique among documents of its kind.'),
      spec: strict(spec, description),
    },
    description,
  );

export const ChannelNames = (description: string) =>
  Type.Array(Name, { minItems: 1, maxItems: 16, description });

export const GroupNames = (description: string) =>
  Type.Array(Name, { minItems: 1, maxItems: 256, description });
