/** What an agent gets for its audit batch; it frees its spool only after it has verified this. */
import { Type, type Static } from 'typebox';
import { Base64, Commit, Name, strict } from '../common.ts';

export const InclusionProof = strict(
  {
    seq: Type.Integer({ minimum: 1, description: 'Sequence number of the record at its agent.' }),
    index: Type.Integer({ minimum: 0, description: 'Place of the record in the global log, from 0.' }),
    path: Type.Array(Base64, {
      maxItems: 64,
      description: 'Hashes from the leaf to the root (RFC 6962, section 2.1.1).',
    }),
  },
  'Proof that a record is in the tree of the checkpoint.',
);
export type InclusionProof = Static<typeof InclusionProof>;

export const AuditReceipt = strict(
  {
    schema: Type.Literal('tidegate/receipt/v1', { description: 'The version of this shape.' }),
    agent: Name,
    firstSeq: Type.Integer({ minimum: 1, description: 'Sequence number of the first record.' }),
    lastSeq: Type.Integer({ minimum: 1, description: 'Sequence number of the last record.' }),
    commit: Commit,
    checkpoint: Type.String({
      maxLength: 4096,
      description: 'A signed note (C2SP tlog-checkpoint): origin, tree size, root hash, signatures.',
    }),
    proofs: Type.Array(InclusionProof, {
      minItems: 1,
      maxItems: 500,
      description: 'One proof for each record.',
    }),
  },
  'The batch is in a commit of the audit repository.',
);
export type AuditReceipt = Static<typeof AuditReceipt>;
