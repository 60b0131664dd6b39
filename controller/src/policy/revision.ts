import {
  checkPolicy,
  compileBundle,
  nodeGroupsOf,
  parsePolicy,
  type Finding,
  type PolicyDocument,
} from '@tidegate/schemas';
import type { Policy } from '../bundles/index.ts';
import { timestampOf } from '../ports.ts';
import type { PolicyFile } from './repository.ts';

/** One revision of the policy: what is wrong with it, and what it compiles to where nothing is. */
export interface Revision {
  readonly findings: readonly Finding[];
  /** Null where a finding is an error. */
  readonly policy: Policy | null;
}

/** Parses and checks a whole policy, as `tidegate validate` and the controller both do. */
export function validatePolicy(files: readonly PolicyFile[]): {
  documents: readonly PolicyDocument[];
  findings: Finding[];
} {
  const { documents, findings: syntactic } = parsePolicy(files);
  const findings = [...syntactic, ...checkPolicy(documents)];
  const hasGroup = documents.some(({ kind }) => kind === 'NodeGroup' || kind === null);
  return { documents, findings: hasGroup ? findings : [...findings, noGroup(files)] };
}

/** Validates and compiles the files of a commit. */
export function readRevision(commit: string, files: readonly PolicyFile[]): Revision {
  const { documents, findings } = validatePolicy(files);
  if (findings.some(isError)) return { findings, policy: null };
  const nodeGroups = documents
    .filter((document) => document.valid && document.kind === 'NodeGroup')
    .map(({ name, spec }) => ({ name, spec }));
  // The publisher gives epoch and times; until then they are the same for equal content.
  const stamp = { epoch: 1, commit, issuedAt: timestampOf(0), expiresAt: timestampOf(0) };
  const bundles = nodeGroupsOf(documents).map((group) => compileBundle(documents, group, stamp));
  return { findings, policy: { commit, nodeGroups, bundles } };
}

/** Only errors keep a revision from taking effect. */
export const isError = ({ severity }: Finding): boolean => severity === 'error';

/** Without this, an emptied policy would take every agent's policy away. */
const noGroup = (files: readonly PolicyFile[]): Finding => ({
  rule: 'TG1015',
  severity: 'error',
  file: files[0]?.path ?? '',
  line: 1,
  column: 1,
  path: '',
  message: 'The policy has no NodeGroup, so that no node would have a policy.',
  suggestion: null,
});

/** A finding in one line, as people know it from compilers. */
export const findingLine = ({ file, line, column, severity, message, rule }: Finding): string =>
  `${file}:${line}:${column}: ${severity}: ${message} [${rule}]`;
