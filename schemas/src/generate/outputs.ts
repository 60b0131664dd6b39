/** Every file that follows from the shapes and the catalogue: path from the package, and text. */
import { errorPage } from './error-page.ts';
import { policyKinds } from '../shapes/policy/registry.ts';
import { wireShapes } from '../shapes/registry.ts';
import { schemaFile, toJsonSchema, type JsonSchema } from './json-schema.ts';
import { onlyForms, withoutForms } from './policy-forms.ts';
import { formsModule, validatorsModule } from './validators.ts';

export function outputs(): Map<string, string> {
  const wire = schemasOf(wireShapes);
  const policy = schemasOf(policyKinds);
  const files = new Map<string, string>();
  for (const [name, schema] of Object.entries(wire))
    files.set(`v1/${name}.schema.json`, jsonFile(name, schema));
  for (const [kind, schema] of Object.entries(policy)) {
    files.set(`v1/${fileName(kind)}.schema.json`, jsonFile(fileName(kind), schema));
  }
  files.set('v1/policy.schema.json', jsonFile('policy', anyKind(policy)));
  files.set('src/validate/wire.generated.ts', validatorsModule(wire, { allErrors: false }));
  files.set(
    'src/validate/policy.generated.ts',
    validatorsModule(mapValues(policy, withoutForms), { allErrors: true }),
  );
  files.set(
    'src/validate/forms.generated.ts',
    formsModule(mapValues(policy, (schema) => onlyForms(schema) ?? {})),
  );
  files.set('../docs/errors.md', errorPage());
  return files;
}

const mapValues = <From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));

const schemasOf = (
  shapes: Readonly<Record<string, Parameters<typeof toJsonSchema>[0]>>,
): Record<string, JsonSchema> => mapValues(shapes, toJsonSchema);

/** `NodeGroup` → `node-group`. */
const fileName = (kind: string): string => kind.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase();

/** One schema for every kind: editors then complete and explain by the kind that is written. */
function anyKind(policy: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const kinds = Object.keys(policy);
  return {
    type: 'object',
    required: ['kind'],
    properties: { kind: { type: 'string', enum: kinds, description: 'The kind of policy document.' } },
    allOf: Object.entries(policy).map(([kind, schema]) => ({
      if: { properties: { kind: { const: kind } }, required: ['kind'] },
      then: schema,
    })),
    description: 'A Tidegate policy document of any kind.',
  };
}

const jsonFile = (name: string, schema: JsonSchema): string =>
  `${JSON.stringify(schemaFile(name, schema), null, 2)}\n`;
