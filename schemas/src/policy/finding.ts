import type { Finding } from '../shapes/index.ts';
import type { Position } from '../yaml/document.ts';

export interface Place {
  readonly file: string;
  readonly position: Position;
  /** JSON Pointer (RFC 6901) in the document. */
  readonly path: string;
}

interface Statement {
  readonly rule: string;
  readonly severity: Finding['severity'];
  readonly message: string;
  readonly suggestion: string | null;
}

export const findingAt = (
  { file, position, path }: Place,
  { rule, severity, message, suggestion }: Statement,
): Finding => ({
  rule,
  severity,
  file,
  line: position.line,
  column: position.column,
  path,
  message,
  suggestion,
});

/** By file, line, column and rule, each once: an anchor that is used twice is still one mistake. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const keyOf = ({ file, line, column, rule, message }: Finding): string =>
    JSON.stringify([file, line, column, rule, message]);
  const unique = new Map(findings.map((finding) => [keyOf(finding), finding]));
  return [...unique.values()].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.rule, b.rule),
  );
}

/** By code units, the same on every machine; `localeCompare` is not. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
