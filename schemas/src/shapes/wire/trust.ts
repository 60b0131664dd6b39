/** The public keys against which everything is verified offline. */
import { Type, type Static } from 'typebox';
import { KeyId, Name, PublicKey, strict } from '../common.ts';

export const TrustKey = strict({ id: KeyId, publicKey: PublicKey }, 'An Ed25519 public key.');
export type TrustKey = Static<typeof TrustKey>;

export const Trust = strict(
  {
    schema: Type.Literal('tidegate/trust/v1', { description: 'The version of this shape.' }),
    origin: Type.String({
      pattern: '^[^\\s+]{1,128}$',
      description: 'The name of the audit log: first line of every checkpoint and name of its signing key.',
    }),
    log: Type.Array(TrustKey, {
      minItems: 1,
      maxItems: 8,
      description: 'Keys that may sign checkpoints and the records of the controller.',
    }),
    bundle: Type.Array(TrustKey, { minItems: 1, maxItems: 8, description: 'Keys that may sign bundles.' }),
    agents: Type.Array(strict({ agent: Name, id: KeyId, publicKey: PublicKey }, 'The key of one agent.'), {
      maxItems: 100_000,
      description: 'Keys that may sign audit batches.',
    }),
  },
  'trust.json: what a verifier has to be given, and nothing more.',
);
export type Trust = Static<typeof Trust>;
