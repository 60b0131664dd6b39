import {
  checkPolicy,
  compileBundle,
  compileFeeds,
  nodeGroupsOf,
  parsePolicy,
  type Finding,
  type PolicyDocument,
} from '@tidegate/schemas';
import type { Policy } from '../bundles/index.ts';
import type { FeedGroup } from '../feeds/index.ts';
import { timestampOf } from '../ports.ts';
import type { PolicyTree } from './repository.ts';

/** One revision of the policy: what is wrong with it, and what it compiles to where nothing is. */
export interface Revision {
  readonly documents: readonly PolicyDocument[];
  readonly findings: readonly Finding[];
  /** Null where a finding is an error. */
  readonly policy: Policy | null;
  /** The groups with their threat feeds, none where a finding is an error. */
  readonly feedGroups: readonly FeedGroup[];
}

/** Parses and checks a whole policy, as `tidegate validate` and the controller both do. */
export function validatePolicy({ files, paths }: PolicyTree): {
  documents: readonly PolicyDocument[];
  findings: Finding[];
} {
  const { documents, findings: syntactic } = parsePolicy(files);
  const findings = [...syntactic, ...checkPolicy(documents, paths)];
  const hasGroup = documents.some(({ kind }) => kind === 'NodeGroup' || kind === null);
  return { documents, findings: hasGroup ? findings : [...findings, noGroup(files[0]?.path ?? '')] };
}

/** Validates and compiles the policy folder of a commit. */
export function readRevision(commit: string, tree: PolicyTree): Revision {
  const { documents, findings } = validatePolicy(tree);
  if (findings.some(isError)) return { documents, findings, policy: null, feedGroups: [] };
  const nodeGroups = documents
    .filter((document) => document.valid && document.kind === 'NodeGroup')
    .map(({ name, spec }) => ({ name, spec }));
  // The publisher gives epoch and times; until then they are the same for equal content.
  const stamp = { epoch: 1, commit, issuedAt: timestampOf(0), expiresAt: timestampOf(0) };
  const bundles = nodeGroupsOf(documents).map((group) => compileBundle(documents, group, stamp));
  const feedGroups = bundles.map(({ group, protect, safelist }) => {
    return { group, protect, safelist, feeds: compileFeeds(documents, group) };
  });
  return { documents, findings, policy: { commit, nodeGroups, bundles }, feedGroups };
}

/** Only errors keep a revision from taking effect. */
export const isError = ({ severity }: Finding): boolean => severity === 'error';

/** Without this, an emptied policy would take every agent's policy away. */
const noGroup = (file: string): Finding => ({
  rule: 'TG1015',
  severity: 'error',
  file,
  line: 1,
  column: 1,
  path: '',
  message: 'The policy has no NodeGroup, so that no node would have a policy.',
  suggestion: null,
});

/** A finding in one line, as people know it from compilers. */
export const findingLine = ({ file, line, column, severity, message, rule }: Finding): string =>
  `${file}:${line}:${column}: ${severity}: ${message} [${rule}]`;
