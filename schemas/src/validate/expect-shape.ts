import { TidegateError } from '../errors/tidegate-error.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import type { WireShapeName, WireShapes } from '../shapes/registry.ts';
import { check } from './check.ts';

/**
 * A value with its shape checked.
 *
 * @param code - of the error that is thrown where it does not fit
 * @param subject - begins the text of that error, up to the name of the shape: "the body is no"
 */
export function expectShape<Name extends WireShapeName>(
  shape: Name,
  value: unknown,
  code: ErrorCode,
  subject: string,
): WireShapes[Name] {
  const checked = check(shape, value);
  if (checked.ok) return checked.value;
  const [{ path, message }] = checked.problems;
  throw new TidegateError(code, `${subject} ${shape}: ${path} ${message}`);
}
