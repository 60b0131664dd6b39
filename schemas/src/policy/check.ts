import type { Finding } from '../shapes/index.ts';
import type { PolicyDocument } from './document.ts';
import { findingAt, inOrder } from './finding.ts';
import { Policy } from './policy.ts';
import { policyRules } from './rules/registry.ts';

/**
 * What is wrong between documents that are each in order: names, references, gaps and contradictions. Documents with
 * findings of their own are left alone, and nothing is called missing that one of them may hold.
 *
 * @param files Paths of all files of the policy folder; without them no file is called missing.
 */
export function checkPolicy(
  documents: readonly PolicyDocument[],
  files: readonly string[] | null = null,
): Finding[] {
  const policy = new Policy(documents, files);
  const findings = policyRules.flatMap((rule) =>
    [...rule.check(policy)].map(({ document, path, message, suggestion = null }) =>
      findingAt(
        { file: document.file, path, position: document.positionOf(path, 'value') },
        { rule: rule.id, severity: rule.severity, message, suggestion },
      ),
    ),
  );
  return inOrder(findings);
}
