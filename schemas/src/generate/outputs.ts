/** Every file that follows from the shapes: path below the package, and text. */
import { wireShapes } from '../shapes/registry.ts';
import { schemaFile, toJsonSchema, type JsonSchema } from './json-schema.ts';
import { validatorsModule } from './validators.ts';

export function outputs(): Map<string, string> {
  const wire = schemasOf(wireShapes);
  const files = new Map<string, string>();
  for (const [name, schema] of Object.entries(wire)) files.set(`v1/${name}.schema.json`, jsonFile(schema));
  files.set('src/validate/wire.generated.ts', validatorsModule(wire, false));
  return files;
}

const schemasOf = (
  shapes: Readonly<Record<string, Parameters<typeof toJsonSchema>[0]>>,
): Record<string, JsonSchema> =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, schemaFile(name, toJsonSchema(shape))]),
  );

const jsonFile = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
