/** What reading YAML gives: plain values that remember where they were written. */
import type { ErrorCode } from '../errors/catalogue.ts';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

export interface YamlProblem {
  readonly code: ErrorCode;
  /** JSON Pointer (RFC 6901) in the document. */
  readonly path: string;
  readonly position: Position;
  readonly message: string;
  readonly suggestion: string | null;
}

export interface YamlDocument {
  readonly value: unknown;
  /** What is wrong with the YAML itself; a value with problems is incomplete. */
  readonly problems: readonly YamlProblem[];
  /** Where a value, or the key before it, is written; the nearest parent where the path does not exist. */
  readonly positionOf: (path: string, part: 'key' | 'value') => Position;
}

export interface YamlFile {
  readonly documents: readonly YamlDocument[];
  /** Why the rest of the file could not be read, null where all of it was. */
  readonly problem: YamlProblem | null;
}
