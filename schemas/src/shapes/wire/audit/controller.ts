/** Bodies of the records that the controller writes under its own name. */
import { Type } from 'typebox';
import { Commit, Digest, KeyId, Name, PublicKey, strict } from '../../common.ts';

export const controllerBodies = {
  'agent.enrolled': strict(
    {
      name: Name,
      keyId: KeyId,
      publicKey: PublicKey,
      group: Type.Union([Name, Type.Null()], {
        description: 'The group that claims it, null while none does.',
      }),
    },
    'The controller accepted the key of an agent.',
  ),
  'audit.forked': strict(
    {
      name: Name,
      seq: Type.Integer({ minimum: 1, description: 'The first sequence number that differs.' }),
      logged: Type.Union([Digest, Type.Null()], {
        description: 'Hash that the log holds or expects there, null where it expects a first record.',
      }),
      offered: Digest,
    },
    'An agent offered another history than the log holds under its name; both are kept.',
  ),
  'bundle.published': strict(
    {
      digest: Digest,
      epoch: Type.Integer({ minimum: 1, description: 'Epoch of the bundle.' }),
      commit: Commit,
      group: Name,
    },
    'The controller signed and published a policy.',
  ),
  'policy.refused': strict(
    {
      commit: Commit,
      findings: Type.Integer({ minimum: 1, description: 'How many findings are errors.' }),
      first: Type.String({ maxLength: 500, description: 'The first of them, file:line:column and message.' }),
    },
    'A policy revision did not validate; the one before stays in force.',
  ),
} as const;
