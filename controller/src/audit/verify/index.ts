/**
 * Offline verification of an audit repository against public keys that the verifier brings along.
 *
 * Promises: every byte of every record is hashed again; nothing is believed that a signature or the Merkle root does not
 * cover; the first bad record is named by file, line, index, agent and sequence number; it needs git and nothing else.
 *
 * The steps, in order: segments without a gap → each record canonical and of its shape → each agent's sequence without a
 * gap → each batch signed and its chain unbroken → the root of the checkpoint, its size and its signature → a witness.
 */
export { verifyLog, type Verification } from './verify.ts';
export { readTrust } from './trust.ts';
