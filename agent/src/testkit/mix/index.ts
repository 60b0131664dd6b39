/**
 * A varied mix of traffic at full rate, for measuring what a datapath costs.
 *
 * Promises: the same seed sends the same packets in the same order; what was sent is counted exactly, by kind; lengths
 * in headers are right, checksums are not. An even flood of one kind is `testkit/traffic`.
 */
export { addressList, type AddressList, type MixPlan } from './encode.ts';
export { floodMix, serverMix } from './kinds.ts';
export { startMixSender, type MixSender } from './sender.ts';
