/** What ajv leaves behind in the generated validators, as far as it is used. */

export interface ValidationError {
  /** JSON Pointer to the value. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The schema of the value. */
  readonly parentSchema?: SchemaNode;
  /** The value itself. */
  readonly data?: unknown;
}

/** The parts of a JSON Schema that messages speak of. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly enum?: readonly string[];
  /** Unit of an amount written as text, see units/. */
  readonly 'x-unit'?: string;
}

export interface Validator {
  (value: unknown): boolean;
  errors?: readonly ValidationError[] | null;
}

export interface ShapeProblem {
  /** JSON Pointer (RFC 6901) to the value. */
  readonly path: string;
  /** What is wrong, and what was probably meant. */
  readonly message: string;
}

export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly [ShapeProblem, ...ShapeProblem[]] };
