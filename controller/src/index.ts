/**
 * The controller: policy from git to agents, audit from agents to git.
 *
 * ```ts
 * const controller = await startController(config);
 * console.log(controller.url);
 * await controller.close();
 * ```
 */
export { startController, type ControllerOptions, type RunningController } from './controller.ts';
