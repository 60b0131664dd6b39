/** From one YAML document to a policy document: which kind, does it fit the kind, are its amounts and prefixes right. */
import { escapePointer } from '../encoding/pointer.ts';
import { quote } from '../encoding/quote.ts';
import type { Finding } from '../shapes/index.ts';
import type { PolicyKind } from '../shapes/policy/registry.ts';
import { explain, type Explanation } from '../validate/explain.ts';
import { forms } from '../validate/forms.generated.ts';
import { nearest } from '../validate/nearest.ts';
import { validators } from '../validate/policy.generated.ts';
import type { YamlDocument } from '../yaml/document.ts';
import { apiVersion } from './defaults.ts';
import type { PolicyDocument } from './document.ts';
import { findingAt } from './finding.ts';
import { isLaterKey, isLaterValue } from './later.ts';
import { valueProblems } from './values.ts';

export interface Validated {
  readonly document: PolicyDocument;
  readonly findings: readonly Finding[];
}

/** A problem before it has a place. */
type Problem = Omit<Explanation, 'aboutKey'> & { readonly aboutKey?: boolean };

const kinds = Object.keys(forms);

export function validateDocument(file: string, yaml: YamlDocument): Validated {
  const { kind, problems } = readKind(yaml.value);
  // What is wrong as YAML has no value yet that could be wrong for its kind.
  const unread = new Set(yaml.problems.map(({ path }) => path));
  const ofKind = kind === null ? [] : kindProblems(kind, yaml.value).filter(({ path }) => !unread.has(path));
  const all = [...problems, ...ofKind];
  const findings = [
    ...yaml.problems.map(({ position, path, code, ...rest }) =>
      findingAt({ file, position, path }, { rule: code, severity: 'error', ...rest }),
    ),
    ...all.map(({ path, code, aboutKey = false, ...rest }) =>
      findingAt(
        { file, path, position: yaml.positionOf(path, aboutKey ? 'key' : 'value') },
        { rule: code, severity: 'error', ...rest },
      ),
    ),
  ];
  const source = { file, positionOf: yaml.positionOf };
  const name = nameOf(yaml.value);
  if (findings.length > 0 || kind === null || name === null) {
    return { document: { valid: false, kind, name, ...source }, findings };
  }
  const { spec } = yaml.value as { spec: never };
  return { document: { valid: true, kind, name, spec, ...source }, findings };
}

/** The kind, or why there is none; with another apiVersion nothing else can be said. */
function readKind(value: unknown): { kind: PolicyKind | null; problems: Problem[] } {
  const none = (problem: Problem) => ({ kind: null, problems: [problem] });
  if (!isMap(value)) {
    const message = `A policy document is a map with apiVersion, kind, metadata and spec, not ${quote(value)}.`;
    return none({ code: 'TG1004', path: '', message, suggestion: null });
  }
  const { apiVersion: version, kind } = value;
  if (typeof version === 'string' && version !== apiVersion) {
    const message = `This version reads apiVersion ${apiVersion}, not ${quote(version)}.`;
    return none({ code: 'TG1010', path: '/apiVersion', message, suggestion: apiVersion });
  }
  if (kind === undefined) return none(missingKind(Object.keys(value)));
  if (typeof kind === 'string' && kinds.includes(kind)) return { kind: kind as PolicyKind, problems: [] };
  const message = `Unknown kind ${quote(kind)}. Known kinds: ${kinds.join(', ')}.`;
  const suggestion = typeof kind === 'string' ? nearest(kind, kinds) : null;
  return none({ code: 'TG1009', path: '/kind', message, suggestion });
}

function missingKind(keys: readonly string[]): Problem {
  const misspelt = keys.find((key) => nearest(key, ['apiVersion', 'kind', 'metadata', 'spec']) === 'kind');
  if (misspelt === undefined) {
    const message = `Missing key "kind". It is one of: ${kinds.join(', ')}.`;
    return { code: 'TG1005', path: '/kind', message, suggestion: null };
  }
  const message = `Unknown key ${quote(misspelt)}.`;
  return { code: 'TG1003', path: `/${escapePointer(misspelt)}`, aboutKey: true, message, suggestion: 'kind' };
}

function kindProblems(kind: PolicyKind, value: unknown): Problem[] {
  const validate = validators[kind]!;
  const shape = validate(value) ? [] : explain(validate.errors ?? []);
  const problems: Problem[] = shape.map((problem) => later(kind, value, problem));
  const wrong = new Set(problems.map(({ path }) => path));
  const values = [...valueProblems(forms[kind]!, value)].filter(({ path }) => !wrong.has(path));
  return [...problems, ...values];
}

/** An unknown key or value that a later version knows is called that. */
function later(kind: PolicyKind, root: unknown, problem: Explanation): Problem {
  const value = valueAt(root, problem.path);
  const isLater =
    problem.code === 'TG1003' ? isLaterKey(kind, problem.path) : isLaterValue(kind, problem.path, value);
  if (!isLater) return problem;
  const what =
    problem.code === 'TG1003' ? problem.path.slice(problem.path.lastIndexOf('/') + 1) : String(value);
  return {
    ...problem,
    code: 'TG1011',
    message: `${what} is not supported by this version.`,
    suggestion: null,
  };
}

function valueAt(root: unknown, path: string): unknown {
  let value = root;
  for (const key of path.split('/').slice(1))
    value = (value as Record<string, unknown> | null | undefined)?.[key];
  return value;
}

function nameOf(value: unknown): string | null {
  const metadata = isMap(value) ? value['metadata'] : null;
  const name = isMap(metadata) ? metadata['name'] : null;
  return typeof name === 'string' ? name : null;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
