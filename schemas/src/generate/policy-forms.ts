/** Splits a policy schema in two: its form, which ajv checks, and its amounts, prefixes and ports, which are read as such. */
import type { JsonSchema } from './json-schema.ts';

/** The schema without the patterns of texts that are read in full: one mistake would otherwise be found twice. */
export function withoutForms(schema: JsonSchema): JsonSchema {
  if (schema['x-tidegate'] !== undefined) return { description: schema.description ?? '' };
  return descend(schema, withoutForms);
}

/** Only the way to the texts that are read in full, and how; null where there are none. */
export function onlyForms(schema: JsonSchema): JsonSchema | null {
  if (schema['x-tidegate'] !== undefined) return { 'x-tidegate': schema['x-tidegate'] };
  const properties = Object.entries(schema.properties ?? {})
    .map(([key, inner]) => [key, onlyForms(inner)] as const)
    .filter(([, inner]) => inner !== null);
  if (properties.length > 0)
    return { properties: Object.fromEntries(properties) as Record<string, JsonSchema> };
  const items = schema['items'] === undefined ? null : onlyForms(schema['items'] as JsonSchema);
  return items === null ? null : { items };
}

function descend(schema: JsonSchema, visit: (inner: JsonSchema) => JsonSchema): JsonSchema {
  const copy: JsonSchema = { ...schema };
  if (copy.properties !== undefined) {
    copy.properties = Object.fromEntries(
      Object.entries(copy.properties).map(([key, inner]) => [key, visit(inner)]),
    );
  }
  if (copy['items'] !== undefined) copy['items'] = visit(copy['items'] as JsonSchema);
  return copy;
}
