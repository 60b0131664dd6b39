import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's root folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Logs, locks and stamps of the set-up; ignored by git. */
export const stateFolder = join(root, '.setup');

/** The npm workspaces, in the order in which they depend on each other. */
export const packages = ['schemas', 'agent', 'controller', 'provider'];
