import type { Unit } from '../units/amount.ts';
import type { RangeForm } from '../units/range.ts';

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

/** The parts of a JSON Schema that messages and the readers of values look at. */
export interface SchemaNode {
  readonly type?: string;
  readonly const?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly enum?: readonly string[];
  /** How a text is read beyond its pattern. */
  readonly 'x-tidegate'?: ValueForm;
}

/** An amount with its unit and inclusive bounds in base units, a prefix, ports, a protocol, a payload pattern, or whole numbers. */
export type ValueForm =
  | { readonly unit: Unit; readonly min: number; readonly max: number }
  | { readonly form: 'cidr' | 'ports' | 'pattern' | 'protocol' }
  | ({ readonly form: 'range' } & RangeForm);

export interface Validator {
  (value: unknown): boolean;
  errors?: readonly ValidationError[] | null;
}

export interface ShapeProblem {
  /** JSON Pointer (RFC 6901) to the value. */
  readonly path: string;
  /** Whether the key rather than its value is wrong. */
  readonly aboutKey: boolean;
  /** What is wrong, and what was probably meant. */
  readonly message: string;
}

export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly [ShapeProblem, ...ShapeProblem[]] };
