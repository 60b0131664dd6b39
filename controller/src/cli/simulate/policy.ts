/** The policy of one node group, from a folder as it lies there or as it was at a git revision. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { TidegateError, type Bundle, type PolicyDocument } from '@tidegate/schemas';
import { PolicyRepository, type PolicyTree } from '../../policy/repository.ts';
import { findingLine, isError, readRevision } from '../../policy/revision.ts';

/** Stands in for the commit of what is not committed. */
const noCommit = '0'.repeat(40);

export interface ReadPolicy {
  readonly documents: readonly PolicyDocument[];
  /** Of every node group. */
  readonly bundles: readonly Bundle[];
}

/** A policy that the controller would refuse is an error TG1015 that names the first finding. */
export function readPolicy(tree: PolicyTree, where: string, commit = noCommit): ReadPolicy {
  const { documents, findings, policy } = readRevision(commit, tree);
  if (policy !== null) return { documents, bundles: policy.bundles };
  const errors = findings.filter(isError);
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  throw new TidegateError('TG1015', `${where}: ${findingLine(errors[0]!)}${more}`);
}

/** The bundle of the group that is named; of a policy with one group alone, that one. */
export function chosenBundle(bundles: readonly Bundle[], group: string | undefined): Bundle {
  const names = bundles.map((bundle) => bundle.group);
  if (group === undefined) {
    const [only, ...others] = bundles;
    if (only !== undefined && others.length === 0) return only;
    throw new TidegateError(
      'TG5001',
      `the policy has ${names.length} node groups; say which: --group ${names.join(' | ')}`,
    );
  }
  const found = bundles.find((bundle) => bundle.group === group);
  if (found !== undefined) return found;
  throw new TidegateError('TG5001', `there is no node group "${group}"; there is ${names.join(', ')}`);
}

export interface BasePolicy {
  readonly commit: string;
  /** Null where the group was not there yet. */
  readonly bundle: Bundle | null;
}

/**
 * The same folder at a revision of the repository that it lies in. A folder outside of every repository, and a revision
 * that is not there, are errors TG3001.
 */
export async function basePolicy(folder: string, revision: string, group: string): Promise<BasePolicy> {
  const place = placeOf(folder);
  const repository = new PolicyRepository({ ...place, branch: '' });
  const commit = await repository.commitOf(revision);
  const { bundles } = readPolicy(await repository.read(commit), revision, commit);
  return { commit, bundle: bundles.find((bundle) => bundle.group === group) ?? null };
}

function placeOf(folder: string): { repository: string; folder: string } {
  const path = realpathSync(folder);
  for (let root = path; ; root = dirname(root)) {
    if (existsSync(join(root, '.git')))
      return { repository: root, folder: relative(root, path).split(sep).join('/') };
    if (root === dirname(root))
      throw new TidegateError(
        'TG3001',
        `${folder} lies in no git repository, so that there is no base to compare with`,
      );
  }
}
