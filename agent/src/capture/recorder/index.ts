/**
 * Recorder: what the capture sees, as a recording that simulations and policy tests replay.
 *
 * Promises: nothing is written unless somebody asks; the tick never waits for whoever takes it; what is missing is
 * counted, and said in the last line.
 */
export { Anonymiser } from './anonymiser.ts';
export { Recorder } from './recorder.ts';
export type { RecorderOptions } from './recorder.ts';
