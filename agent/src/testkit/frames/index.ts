/**
 * Single frames, sent byte for byte between two network namespaces by the test's own thread.
 *
 * Promises: what is sent is exactly what was built, also when it is malformed; everything that was made is gone after
 * `remove`, which does not throw. For floods there is `testkit/traffic`.
 */
export { createPair, type Pair } from './pair.ts';
export { inNamespace } from './namespace.ts';
export { openFrameSender, type FrameSender } from './sender.ts';
export { openWatch, type Watch } from './watch.ts';
