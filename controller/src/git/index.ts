/**
 * Git by its plumbing, for what has to be exact: reading objects, and commits without a work tree.
 *
 * Promises: no command line is ever built from text; no configuration, hook, replacement, prompt or network of the
 * machine takes part; a repository is the one that was named, never one found further up; every process is bounded.
 */
export { GitError, runGit } from './run.ts';
export { gitDirOf, hardenedEnvironment } from './environment.ts';
export { readBlobs } from './objects.ts';
export { listTree, parseTree, type TreeEntry } from './tree.ts';
export { TreeWriter } from './tree-writer.ts';
