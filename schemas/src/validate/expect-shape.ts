import { TidegateError } from '../errors/tidegate-error.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import type { WireShapeName, WireShapes } from '../shapes/registry.ts';
import { check } from './check.ts';

/**
 * A value with its shape checked.
 *
 * @param code - of the error that is thrown where it does not fit
 * @param where - begins the text of that error, before the place within the value: "the body is no heartbeat"
 */
export function expectShape<Name extends WireShapeName>(
  shape: Name,
  value: unknown,
  code: ErrorCode,
  where: string,
): WireShapes[Name] {
  const checked = check(shape, value);
  if (checked.ok) return checked.value;
  const [{ path, message }] = checked.problems;
  throw new TidegateError(code, `${where}: ${path} ${message}`);
}
