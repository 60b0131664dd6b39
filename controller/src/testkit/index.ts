/**
 * What the controller's tests share: real git repositories in a folder of their own, a controller that listens, and an
 * agent's side of the wire.
 */
export {
  edited,
  editLines,
  linesOf,
  putLines,
  segments,
  tamper,
  useAuditLog,
  type Files,
} from './audit-log.ts';
export { goodPolicy, PolicyRepo } from './policy-repo.ts';
export { sampleEvent, TestAgent, type Answer } from './agent.ts';
export { cli } from './cli.ts';
export { testFolder, type TestFolder } from './folder.ts';
export { auditFiles, commitAudit, git } from './git.ts';
export { binPath, spawnController, type ControllerProcess } from './process.ts';
export { useScene } from './scene.ts';
