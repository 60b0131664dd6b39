import { fieldMax, headerFields, protocolNumber, type HeaderField } from '../profile/header-fields.ts';
import type { ValidDocument } from '../document.ts';
import type { PolicyRule, RuleFinding } from './rule.ts';

type Profile = ValidDocument<'AttackProfile'>;
type Field = NonNullable<Profile['spec']['match']['fields']>[number];

/** A condition that no packet can fulfil, or that says nothing, would leave the profile without effect. */
export const profileField: PolicyRule = {
  id: 'profile-field',
  severity: 'error',
  *check({ profiles }) {
    for (const document of profiles) {
      for (const [index, field] of (document.spec.match.fields ?? []).entries()) {
        const path = `/spec/match/fields/${index}`;
        yield* badConditions(document, path, field);
        yield* badValues(document, path, field);
        yield* badProtocols(document, path, field);
      }
    }
  },
};

function* badConditions(
  document: Profile,
  path: string,
  { field, in: values, equals, equalsXor }: Field,
): Generator<RuleFinding> {
  const given = [values, equals, equalsXor].filter((condition) => condition !== undefined);
  if (given.length !== 1) {
    const message = `${field} needs exactly one of in, equals and equalsXor, as in { field: ip.id, in: [54321] }.`;
    yield { document, path, message };
  }
  if (equals === field) {
    const message = `${field} always equals itself.`;
    yield { document, path: `${path}/equals`, message };
  }
}

function* badValues(
  document: Profile,
  path: string,
  { field, in: values = [] }: Field,
): Generator<RuleFinding> {
  const max = fieldMax(field);
  for (const [index, value] of values.entries()) {
    if (
      String(value)
        .split('-')
        .every((end) => Number(end) <= max)
    )
      continue;
    const message = `${field} has ${headerFields[field].bits} bits, its greatest value is ${max}.`;
    yield { document, path: `${path}/in/${index}`, message };
  }
}

function* badProtocols(
  document: Profile,
  path: string,
  { field, equals, equalsXor = [] }: Field,
): Generator<RuleFinding> {
  const { protocol } = document.spec.match;
  const written = protocol === undefined ? null : protocolNumber(protocol);
  const named = [
    { name: field, at: `${path}/field` },
    ...(equals === undefined ? [] : [{ name: equals, at: `${path}/equals` }]),
    ...equalsXor.map((name, index) => ({ name, at: `${path}/equalsXor/${index}` })),
  ];
  for (const { name, at } of named) {
    const { protocols }: HeaderField = headerFields[name];
    if (protocols === undefined || (written !== null && protocols.includes(written))) continue;
    const message = `Only packets of protocol ${protocols.join(', ')} have ${name}; name it under match.protocol.`;
    yield { document, path: at, message };
  }
}
