/** Policy documents as they come out of the parser: checked against their kind, with the place of every value. */
import type { Position } from '../yaml/document.ts';
import type { PolicyKind, PolicyKinds } from '../shapes/policy/registry.ts';

interface Source {
  /** Path below the policy folder, with forward slashes. */
  readonly file: string;
  /** Where a value, or the key before it, is written; `path` is a JSON Pointer from the root of the document. */
  readonly positionOf: (path: string, part: 'key' | 'value') => Position;
}

export interface ValidDocument<Kind extends PolicyKind> extends Source {
  readonly valid: true;
  readonly kind: Kind;
  readonly name: string;
  readonly spec: PolicyKinds[Kind]['spec'];
}

/** A document with findings. It stays in the list, so that what refers to it is not called wrong as well. */
export interface BrokenDocument extends Source {
  readonly valid: false;
  /** Null where it is not known; the document may then be of any kind. */
  readonly kind: PolicyKind | null;
  readonly name: string | null;
}

export type PolicyDocument = { [Kind in PolicyKind]: ValidDocument<Kind> }[PolicyKind] | BrokenDocument;

/** A policy file as it lies in git or on disk. */
export interface PolicyFile {
  /** Path below the policy folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}
