/** What a rule of the semantic check is: one file, one line in the registry. */
import type { Finding } from '../../shapes/index.ts';
import type { PolicyDocument } from '../document.ts';
import type { Policy } from '../policy.ts';

export interface RuleFinding {
  readonly document: PolicyDocument;
  /** JSON Pointer (RFC 6901) from the root of the document. */
  readonly path: string;
  readonly message: string;
  readonly suggestion?: string | null;
}

export interface PolicyRule {
  /** Stands in findings; never changes. */
  readonly id: string;
  readonly severity: Finding['severity'];
  check(policy: Policy): Iterable<RuleFinding>;
}
