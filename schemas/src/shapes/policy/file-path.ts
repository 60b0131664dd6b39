/** A file in the policy repository, as a policy names it. */
import { Type } from 'typebox';

export const FilePath = (description: string) =>
  Type.String({ pattern: '^[^/\\\\\\s][^\\\\]*$', maxLength: 1024, description });
