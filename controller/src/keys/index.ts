/**
 * The keys of the controller: one signs bundles, one signs the audit log.
 *
 * Promises: made at the first start, in `stateDir`, readable for their owner only; never replaced by themselves, since
 * agents pin them; `trust.json` always holds every public key against which the log can be verified.
 */
export { ed25519Verify } from './verify.ts';
export { loadOrMakeKey, type SigningKey } from './signing-key.ts';
export { noteKeysOf, TrustFile } from './trust.ts';
