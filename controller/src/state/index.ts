/**
 * The controller's own files, all below `stateDir`.
 *
 * Promises: a file is replaced as a whole or not at all, also when the power fails; nothing in it is readable for
 * other users; two controllers never work on one folder.
 */
export { makeStateDir, readIfThere, writeAtomically } from './files.ts';
export { lockStateDir } from './lock.ts';
export { SerialQueue } from './serial.ts';
