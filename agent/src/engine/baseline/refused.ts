/** The one error of a saved baseline that cannot be used. */
import { TidegateError } from '@tidegate/schemas';

export function refused(reason: string, cause?: unknown): TidegateError {
  return new TidegateError('TG2016', `The saved baseline cannot be used: ${reason}.`, { cause });
}
