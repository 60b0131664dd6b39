import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { samplePolicy, sampleWith } from '../testkit/policy-sample.ts';
import { readYaml } from '../yaml/read.ts';
import type { JsonSchema } from './json-schema.ts';
import { outputs } from './outputs.ts';

const packageFolder = join(import.meta.dirname, '../..');
const files = outputs();
const schemas = [...files]
  .filter(([path]) => path.endsWith('.schema.json'))
  .map(([path, text]) => [path, JSON.parse(text) as JsonSchema] as const);

/** JSON Pointers of all properties without a description. */
function undescribed(schema: JsonSchema, path = ''): string[] {
  const inner = Object.entries(schema).flatMap(([keyword, value]) => {
    if (keyword === 'if' || typeof value !== 'object' || value === null) return [];
    const isMap = keyword === 'properties' || keyword === 'patternProperties';
    const entries = Object.entries(value as Record<string, JsonSchema>);
    if (!isMap) return undescribed(value as JsonSchema, `${path}/${keyword}`);
    return entries.flatMap(([key, property]) => {
      const place = `${path}/${keyword}/${key}`;
      const missing = keyword === 'properties' && (property.description ?? '') === '' ? [place] : [];
      return [...missing, ...undescribed(property, place)];
    });
  });
  return inner;
}

describe('generated files', () => {
  it('are what the shapes say: run npm run generate', () => {
    const stale = [...files].filter(
      ([path, text]) => readFileSync(join(packageFolder, path), 'utf8') !== text,
    );
    expect(stale.map(([path]) => path)).toEqual([]);
    const present = readdirSync(join(packageFolder, 'v1')).map((name) => `v1/${name}`);
    expect(present.filter((path) => !files.has(path))).toEqual([]);
  });

  it('come out the same every time', () => {
    expect([...outputs()]).toEqual([...files]);
  });
});

describe.each(schemas)('%s', (_, schema) => {
  it('is a JSON Schema of draft-07, with no keyword of later drafts', () => {
    const ajv = new Ajv({ strict: false });
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    expect(JSON.stringify(schema)).not.toMatch(
      /"(\$defs|unevaluated\w+|dependent\w+|prefixItems|discriminator)":/,
    );
  });

  it('describes every property', () => {
    expect(undescribed(schema)).toEqual([]);
  });

  it('refuses unknown keys in every map that names its keys', () => {
    const open: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      const { properties, additionalProperties, type } = value as JsonSchema;
      const names = properties !== undefined && type === 'object' && path !== '';
      if (names && additionalProperties !== false) open.push(path);
      for (const [key, inner] of Object.entries(value)) if (key !== 'if') walk(inner, `${path}/${key}`);
    };
    walk(schema, '');
    expect(open).toEqual([]);
  });
});

describe('policy.schema.json', () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const validate = ajv.compile(JSON.parse(files.get('v1/policy.schema.json') ?? '') as object);
  const resultsFor = (text: string): boolean[] =>
    readYaml(text).documents.map(({ value }) => validate(value));

  it('accepts the policies that Tidegate accepts, whatever the kind', () => {
    expect(resultsFor(samplePolicy)).toEqual([true, true, true, true]);
  });

  it('says what is wrong for the kind that is written, and only that', () => {
    const [document] = readYaml(sampleWith('interfaces:', 'intrefaces:')).documents;
    expect(validate(document?.value)).toBe(false);
    const paths = validate.errors
      ?.filter(({ keyword }) => keyword !== 'if')
      .map(({ keyword, instancePath }) => `${keyword} ${instancePath}`);
    expect(paths).toEqual(['required /spec', 'additionalProperties /spec']);
    expect(resultsFor(sampleWith('20kpps', '20000'))).toEqual([true, false, true, true]);
    expect(resultsFor(sampleWith('kind: Threshold', 'kind: Treshold'))).toEqual([true, false, true, true]);
  });
});
