/** Every rule of the semantic check: one line each. */
import { competingThresholds } from './competing-thresholds.ts';
import { duplicateName } from './duplicate-name.ts';
import { groupWithoutPlaybook } from './group-without-playbook.ts';
import { groupWithoutThreshold } from './group-without-threshold.ts';
import { overlappingSelectors } from './overlapping-selectors.ts';
import type { PolicyRule } from './rule.ts';
import { safelistEverything } from './safelist-everything.ts';
import { targetOutsideProtect } from './target-outside-protect.ts';
import { testClaims } from './test-claims.ts';
import { testPath } from './test-path.ts';
import { unknownFamily } from './unknown-family.ts';
import { unknownGroup } from './unknown-group.ts';

export const policyRules: readonly PolicyRule[] = [
  competingThresholds,
  duplicateName,
  groupWithoutPlaybook,
  groupWithoutThreshold,
  overlappingSelectors,
  safelistEverything,
  targetOutsideProtect,
  testClaims,
  testPath,
  unknownFamily,
  unknownGroup,
];
