/**
 * The contract of Tidegate, and the pure rules that belong to it.
 *
 * Promises: no `node:` module and no schema compiler is reachable from here, so it runs in a browser and costs an
 * agent little memory; what is canonical has exactly one spelling; what is read is strict and bounded.
 *
 * ```ts
 * const checked = check('signed-bundle', JSON.parse(text));
 * if (!checked.ok) throw new TidegateError('TG2005', checked.problems[0].message);
 * if (digestOf(checked.value.payload) !== checked.value.digest) …
 * ```
 */
export type * from './shapes/index.ts';

export { errorCatalogue, type CatalogueEntry, type ErrorCode, type NextStep } from './errors/catalogue.ts';
export { TidegateError } from './errors/tidegate-error.ts';

export { canonicalJson } from './encoding/canonical.ts';
export { fromBase64, toBase64, toHex, utf8 } from './encoding/bytes.ts';
export { digestOf, keyIdOf } from './encoding/digest.ts';
export { wildcardMatches } from './encoding/wildcard.ts';
export { batchSigningText, bundleSigningText, type BatchToSign } from './encoding/signing-text.ts';

export { addressBytes, formatAddress, parseAddress, type IpAddress } from './net/address.ts';
export {
  cidrAround,
  cidrContains,
  cidrCovers,
  cidrIsIpv4,
  parseCidr,
  readCidr,
  type CidrReading,
  type IpPrefix,
} from './net/cidr.ts';
export { isLoopbackHost, isSafeUrl } from './net/loopback.ts';

export * from './indicators/index.ts';

export { leafHash } from './merkle/hash.ts';
export { MerkleTree } from './merkle/tree.ts';
export {
  verifyConsistency,
  verifyInclusion,
  type ConsistencyClaim,
  type InclusionClaim,
} from './merkle/verify.ts';
export { formatCheckpoint, parseCheckpoint, type Checkpoint } from './note/checkpoint.ts';
export {
  openNote,
  signNote,
  type NoteKey,
  type OpenedNote,
  type SignBytes,
  type VerifyBytes,
} from './note/note.ts';

export { checkedBody } from './http/body.ts';
export { problemOf } from './http/problem.ts';
export { indicatorsPath, longPollSecondsMax, routes } from './http/routes.ts';
export {
  contentDigestOf,
  formatSignature,
  httpSignatureBase,
  parseSignature,
  parseSignatureInput,
  type RequestToSign,
  type SignatureBase,
  type SignatureParameters,
} from './http/signature.ts';

export { check } from './validate/check.ts';
export { expectShape } from './validate/expect-shape.ts';
export type { Checked, ShapeProblem } from './validate/validator.ts';
export { parseConfig } from './config/parse-config.ts';

export { checkPolicy } from './policy/check.ts';
export { compileBundle, type BundleIdentity } from './policy/compile.ts';
export { compileFeeds, type CompiledFeed } from './policy/compile-feeds.ts';
export type { PolicyDocument, PolicyFile } from './policy/document.ts';
export { families } from './policy/families.ts';
export { groupFor, nodeGroupsOf } from './policy/groups.ts';
export { parsePolicy, type ParsedPolicy } from './policy/parse.ts';
export { fieldMax, type HeaderFieldName } from './policy/profile/header-fields.ts';
export { readPayloadPattern, type PayloadPattern } from './policy/profile/read-pattern.ts';
export { formatAmount, readAmount, type AmountReading, type Unit } from './units/amount.ts';
