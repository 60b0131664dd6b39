/**
 * Policy from git: which revision is in force, and what is wrong with the one that is not.
 *
 * Promises: a revision that does not validate, and a repository that cannot be read, leave everything as it was and
 * say why; nothing is checked out and nothing in the repository is run; what is read is bounded.
 */
export { PolicyRepository } from './repository.ts';
export { PolicySync } from './sync.ts';
