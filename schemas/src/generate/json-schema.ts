/** From a TypeBox shape to a plain JSON Schema of draft-07: what editors, ajv and other languages read. */
import type { TSchema } from 'typebox';

/** A JSON Schema as data. */
export interface JsonSchema {
  [keyword: string]: unknown;
  type?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

/** Shapes name the schema files that users and other programs refer to. */
const schemaIdBase = 'https://tidegate.dev/schemas/v1/';

/** The schema of one file: draft-07, with its own id and title. */
export function schemaFile(name: string, schema: JsonSchema): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `${schemaIdBase}${name}.schema.json`,
    title: name,
    ...schema,
  };
}

/** Plain data, with what TypeBox leaves open closed: enums get their type, maps refuse keys outside their pattern. */
export function toJsonSchema(shape: TSchema): JsonSchema {
  // TypeBox keeps its own marks in properties that are not enumerable, so they do not come along.
  return close(JSON.parse(JSON.stringify(shape)) as JsonSchema);
}

function close(value: JsonSchema): JsonSchema {
  const closed: JsonSchema = {};
  for (const [keyword, inner] of Object.entries(value)) closed[keyword] = closeKeyword(keyword, inner);
  if (closed['enum'] !== undefined) return { type: 'string', ...closed };
  if (closed['patternProperties'] !== undefined) closed['additionalProperties'] = false;
  if (closed.anyOf !== undefined && discriminatorOf(closed.anyOf) !== null) {
    const { anyOf, ...rest } = closed;
    return { ...rest, oneOf: anyOf };
  }
  return closed;
}

function closeKeyword(keyword: string, inner: unknown): unknown {
  if (keyword === 'properties' || keyword === 'patternProperties') {
    const schemas = inner as Record<string, JsonSchema>;
    return Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, close(schema)]));
  }
  if (keyword === 'anyOf') return (inner as JsonSchema[]).map(close);
  if (keyword === 'items') return close(inner as JsonSchema);
  return inner;
}

/** The property that tells the branches of a union apart by a constant, or null. */
export function discriminatorOf(branches: readonly JsonSchema[]): string | null {
  const [first, ...others] = branches;
  for (const key of Object.keys(first?.properties ?? {})) {
    const constants = [first, ...others].map((branch) => branch?.properties?.[key]?.['const']);
    if (!constants.includes(undefined) && new Set(constants).size === branches.length) return key;
  }
  return null;
}
