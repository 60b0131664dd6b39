/**
 * Checks a value against a wire shape and hands it back with its type.
 *
 * The validators stop at the first mistake: a shape comes from a program or a configuration file, and a stranger must
 * not be able to make a long list of errors out of a large message.
 */
import type { WireShapeName, WireShapes } from '../shapes/registry.ts';
import { explain } from './explain.ts';
import { refinements, type Refinement } from './refine.ts';
import type { Checked } from './validator.ts';
import { validators } from './wire.generated.ts';

/** Checks a value as it came from JSON or YAML against a shape. Never throws, changes nothing. */
export function check<Name extends WireShapeName>(shape: Name, value: unknown): Checked<WireShapes[Name]> {
  const validate = validators[shape]!;
  if (!validate(value)) {
    const [first, ...rest] = explain(validate.errors ?? []).map(
      ({ path, aboutKey, message, suggestion }) => ({
        path,
        aboutKey,
        message: suggestion === null ? message : `${message} Did you mean ${JSON.stringify(suggestion)}?`,
      }),
    );
    return {
      ok: false,
      problems: [
        first ?? { path: '', aboutKey: false, message: 'The value does not have its shape.' },
        ...rest,
      ],
    };
  }
  const valid = value as WireShapes[Name];
  const refine = refinements[shape] as ((value: WireShapes[Name]) => Refinement | null) | undefined;
  const problem = refine?.(valid) ?? null;
  return problem === null
    ? { ok: true, value: valid }
    : { ok: false, problems: [{ ...problem, aboutKey: false }] };
}
