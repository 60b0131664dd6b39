/**
 * What the controller's tests share: real git repositories in a folder of their own, and an agent's side of the wire.
 */
export { PolicyRepo, goodPolicy } from './policy-repo.ts';
export { TestAgent, type Answer } from './agent.ts';
export { testFolder, type TestFolder } from './folder.ts';
export { auditFiles, git, rewriteAudit } from './git.ts';
