/** From a validator's error to a sentence: what is wrong, what is expected, and what was probably meant. */
import type { ErrorCode } from '../errors/catalogue.ts';
import { escapePointer } from '../encoding/pointer.ts';
import { quote } from '../encoding/quote.ts';
import { nearest } from './nearest.ts';
import type { ValidationError } from './validator.ts';

export interface Explanation {
  readonly code: ErrorCode;
  /** JSON Pointer (RFC 6901) to the offending value, or to the key where the key itself is wrong. */
  readonly path: string;
  /** Whether the key rather than its value is wrong. */
  readonly aboutKey: boolean;
  readonly message: string;
  readonly suggestion: string | null;
}

type Explain = (error: ValidationError) => Omit<Explanation, 'path' | 'aboutKey'>;

/** Explains errors so that one mistake gives one explanation. */
export function explain(errors: readonly ValidationError[]): Explanation[] {
  const explanations = new Map<string, Explanation>();
  const misspelt = new Set<string>();
  const sizes = new Set<string>();
  for (const error of withoutUnionNoise(errors)) {
    const aboutKey = keyOf(error) !== null && error.keyword !== 'required';
    const path = placeOf(error);
    const explanation = { path, aboutKey, ...(explainers[error.keyword] ?? explainOther)(error) };
    if (aboutKey && explanation.suggestion !== null) {
      misspelt.add(`${error.instancePath}/${escapePointer(explanation.suggestion)}`);
    }
    if (error.keyword === 'minProperties' || error.keyword === 'maxProperties') sizes.add(path);
    // A wrong type fails every other check of the same value too.
    const known = explanations.get(path);
    if (known === undefined || explanation.code === 'TG1004') explanations.set(path, explanation);
  }
  // A misspelt key is also a missing one, and an unknown one too many; the key is the mistake.
  const withUnknownKey = new Set(
    errors
      .filter(({ keyword }) => keyword === 'additionalProperties')
      .map(({ instancePath }) => instancePath),
  );
  const echoes = ({ code, path }: Explanation): boolean =>
    code === 'TG1005' ? misspelt.has(path) : sizes.has(path) && withUnknownKey.has(path);
  return [...explanations.values()].filter((explanation) => !echoes(explanation));
}

const keyOf = ({ params }: ValidationError): string | null => {
  const key = params['additionalProperty'] ?? params['missingProperty'];
  return typeof key === 'string' ? key : null;
};

function placeOf(error: ValidationError): string {
  const tag = error.keyword === 'discriminator' ? String(error.params['tag']) : null;
  const key = keyOf(error) ?? tag;
  return key === null ? error.instancePath : `${error.instancePath}/${escapePointer(key)}`;
}

/** Of a union that failed, only what is wrong with the branch that was meant: never "must be null". */
function withoutUnionNoise(errors: readonly ValidationError[]): readonly ValidationError[] {
  const meant = errors.filter(({ keyword, params }) => keyword !== 'anyOf' && params['type'] !== 'null');
  return meant.length > 0 ? meant : errors;
}

const typeName = (value: unknown): string => {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  const names: Record<string, string> = {
    string: 'text',
    number: 'a number',
    boolean: 'true or false',
    object: 'a map',
  };
  return names[typeof value] ?? typeof value;
};

const expectedNames: Record<string, string> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  null: 'null',
};

const explainOther: Explain = ({ parentSchema, data }) => ({
  code: 'TG1006',
  message: `${quote(data)} is not allowed here. ${parentSchema?.description ?? ''}`.trim(),
  suggestion: null,
});

const limit =
  (say: (limit: unknown, error: ValidationError) => string): Explain =>
  (error) => ({ code: 'TG1006', message: say(error.params['limit'], error), suggestion: null });

const explainChoice: Explain = ({ parentSchema, params, data }) => {
  if (data === undefined) return { code: 'TG1005', message: 'The key is missing.', suggestion: null };
  const allowed = (params['allowedValues'] as string[] | undefined) ??
    parentSchema?.enum ?? [params['allowedValue']];
  return {
    code: 'TG1006',
    message: `${quote(data)} is not one of: ${allowed.join(', ')}.`,
    suggestion: typeof data === 'string' ? nearest(data, allowed.map(String)) : null,
  };
};

const explainers: Readonly<Record<string, Explain>> = {
  additionalProperties: (error) => {
    const key = keyOf(error) ?? '';
    const allowed = Object.keys(error.parentSchema?.properties ?? {});
    const list = allowed.length === 0 ? '' : ` Known keys: ${allowed.join(', ')}.`;
    return {
      code: 'TG1003',
      message: `Unknown key ${quote(key)}.${list}`,
      suggestion: nearest(key, allowed),
    };
  },
  required: (error) => {
    const key = keyOf(error) ?? '';
    const about = error.parentSchema?.properties?.[key]?.description;
    return {
      code: 'TG1005',
      message: `Missing key ${quote(key)}.${about === undefined ? '' : ` ${about}`}`,
      suggestion: null,
    };
  },
  type: ({ params, data, parentSchema }) => ({
    code: 'TG1004',
    message:
      `Expected ${expectedNames[String(params['type'])] ?? String(params['type'])}, found ${typeName(data)}. ${parentSchema?.description ?? ''}`.trim(),
    suggestion: null,
  }),
  enum: explainChoice,
  const: explainChoice,
  discriminator: (error) => {
    const tag = String(error.params['tag']);
    const known = (error.parentSchema?.oneOf ?? []).map((branch) => String(branch.properties?.[tag]?.const));
    return explainChoice({ ...error, data: error.params['tagValue'], params: { allowedValues: known } });
  },
  minimum: limit((least, { data }) => `${quote(data)} is too small; the least is ${String(least)}.`),
  exclusiveMinimum: limit(
    (least, { data }) => `${quote(data)} is too small; it must be above ${String(least)}.`,
  ),
  maximum: limit((most, { data }) => `${quote(data)} is too large; the most is ${String(most)}.`),
  minLength: limit((least) => `The text is too short; it has at least ${String(least)} characters.`),
  maxLength: limit((most) => `The text is too long; it has at most ${String(most)} characters.`),
  minItems: limit((least) => `The list is too short; it has at least ${String(least)} entries.`),
  maxItems: limit((most) => `The list is too long; it has at most ${String(most)} entries.`),
  minProperties: limit(
    (least, { parentSchema }) =>
      `At least ${String(least)} of these keys is needed: ${Object.keys(parentSchema?.properties ?? {}).join(', ')}.`,
  ),
  maxProperties: limit((most) => `At most ${String(most)} keys are allowed here.`),
};
