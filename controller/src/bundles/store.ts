import { join } from 'node:path';
import {
  bundleSigningText,
  check,
  digestOf,
  fromBase64,
  TidegateError,
  utf8,
  type Bundle,
  type PolicyDocument,
  type SignedBundle,
} from '@tidegate/schemas';
import { ed25519Verify, type SigningKey } from '../keys/index.ts';
import { readIfThere, writeAtomically } from '../state/index.ts';

/** A NodeGroup document without the place where it was written. */
export type NodeGroup = Pick<Extract<PolicyDocument, { valid: true; kind: 'NodeGroup' }>, 'name' | 'spec'>;

/** `stateDir/published.json`: all that has to outlive the process. */
export interface PublishedState {
  readonly schema: 'tidegate/published/v1';
  /** The last epoch that was given. */
  readonly epoch: number;
  /** The revision in force. */
  readonly goodCommit: string | null;
  /** The last revision that was refused, so that it is recorded once. */
  readonly refusedCommit: string | null;
  /** Node groups of the revision in force: they say which agent gets which bundle. */
  readonly nodeGroups: readonly NodeGroup[];
  readonly bundles: readonly SignedBundle[];
}

const nothing: PublishedState = {
  schema: 'tidegate/published/v1',
  epoch: 0,
  goodCommit: null,
  refusedCommit: null,
  nodeGroups: [],
  bundles: [],
};

/** Reads and replaces the state as a whole. */
export class PublishedStore {
  readonly #path: string;

  constructor(stateDir: string) {
    this.#path = join(stateDir, 'published.json');
  }

  /** Throws TG3011 where the file is damaged: going on without it could give an epoch a second time. */
  async read(): Promise<PublishedState> {
    const text = await readIfThere(this.#path);
    if (text === null) return nothing;
    try {
      const value = JSON.parse(text) as { schema: string; epoch: number };
      if (value.schema !== nothing.schema || !Number.isSafeInteger(value.epoch))
        throw new Error(value.schema);
      return value as PublishedState;
    } catch (cause) {
      throw new TidegateError('TG3011', `${this.#path} is damaged; restore it from a backup`, { cause });
    }
  }

  async write(state: PublishedState): Promise<void> {
    await writeAtomically(this.#path, `${JSON.stringify(state)}\n`);
  }
}

/** The bundle inside, or null where it was not signed by this key: agents that pinned the key would refuse it. */
export function openSigned(signed: SignedBundle, key: SigningKey): Bundle | null {
  const text = utf8(bundleSigningText(signed.payload));
  const isOurs = signed.signatures.some(({ keyId, signature }) => {
    return keyId === key.id && ed25519Verify(key.publicKey, text, fromBase64(signature));
  });
  if (!isOurs || digestOf(signed.payload) !== signed.digest) return null;
  const checked = check('bundle', JSON.parse(signed.payload));
  return checked.ok ? checked.value : null;
}
