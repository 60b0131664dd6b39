/** Pulls out what shapes have in common, so that the generated validators hold each part once. */
import type { JsonSchema } from './json-schema.ts';

export interface Hoisted {
  /** The schemas, with `$ref`s to the parts. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  /** A schema that holds the parts as its definitions. */
  readonly parts: JsonSchema;
}

const partsId = 'parts';
/** A part shorter than this costs less where it is than behind a call. */
const charactersMin = 70;

/** Replaces every sub-schema that occurs more than once, the largest first, by a reference to one definition. */
export function hoistParts(schemas: Readonly<Record<string, JsonSchema>>): Hoisted {
  const uses = new Map<string, number>();
  for (const schema of Object.values(schemas)) count(schema, uses);
  const names = new Map<string, string>();
  const definitions: Record<string, JsonSchema> = {};
  const replaced = Object.entries(schemas).map(([name, schema]) => [name, replace(schema, true)] as const);
  return { schemas: Object.fromEntries(replaced), parts: { $id: partsId, definitions } };

  function replace(value: unknown, keep: boolean): JsonSchema {
    const text = JSON.stringify(value);
    if (keep || !isPart(value) || (uses.get(text) ?? 0) < 2) return descend(value);
    let name = names.get(text);
    if (name === undefined) {
      name = `part${names.size + 1}`;
      names.set(text, name);
      definitions[name] = descend(value);
    }
    return { $ref: `${partsId}#/definitions/${name}` };
  }

  function descend(value: unknown): JsonSchema {
    // Branches that a discriminator picks from have to be in sight of it.
    const inOneOf = (key: string): boolean => key === 'oneOf';
    return mapSchemas(value as JsonSchema, (inner, key) => replace(inner, inOneOf(key)));
  }
}

function count(value: JsonSchema, uses: Map<string, number>): void {
  const text = JSON.stringify(value);
  if (isPart(value)) uses.set(text, (uses.get(text) ?? 0) + 1);
  mapSchemas(value, (inner) => {
    count(inner, uses);
    return inner;
  });
}

/** A discriminating constant has to stay in sight; everything else of some size may move. */
function isPart(value: unknown): boolean {
  const schema = value as JsonSchema;
  return schema['const'] === undefined && JSON.stringify(schema).length >= charactersMin;
}

/** Applies a function to every schema directly inside a schema. */
function mapSchemas(
  schema: JsonSchema,
  visit: (inner: JsonSchema, keyword: string) => JsonSchema,
): JsonSchema {
  const mapped: JsonSchema = {};
  for (const [keyword, inner] of Object.entries(schema)) {
    if (keyword === 'properties' || keyword === 'patternProperties') {
      const entries = Object.entries(inner as Record<string, JsonSchema>);
      mapped[keyword] = Object.fromEntries(entries.map(([key, value]) => [key, visit(value, keyword)]));
    } else if (keyword === 'anyOf' || keyword === 'oneOf') {
      mapped[keyword] = (inner as JsonSchema[]).map((value) => visit(value, keyword));
    } else {
      mapped[keyword] = keyword === 'items' ? visit(inner as JsonSchema, keyword) : inner;
    }
  }
  return mapped;
}
