import { join } from 'node:path';
import { fromBase64, type NoteKey, type Trust } from '@tidegate/schemas';
import { readIfThere, writeAtomically } from '../state/index.ts';
import type { SigningKey } from './signing-key.ts';

/** `stateDir/trust.json`: what a verifier has to be given, written again whenever it changes. */
export class TrustFile {
  readonly #path: string;
  #value: Trust;

  constructor(stateDir: string, origin: string, log: SigningKey, bundle: SigningKey) {
    this.#path = join(stateDir, 'trust.json');
    this.#value = {
      schema: 'tidegate/trust/v1',
      origin,
      log: [{ id: log.id, publicKey: log.publicKeyText }],
      bundle: [{ id: bundle.id, publicKey: bundle.publicKeyText }],
      agents: [],
    };
  }

  get value(): Trust {
    return this.#value;
  }

  /** Puts the agents' keys in; the file is on the disk when this resolves. */
  async setAgents(agents: readonly { agent: string; keyId: string; publicKey: string }[]): Promise<void> {
    const next: Trust = {
      ...this.#value,
      agents: agents.map(({ agent, keyId, publicKey }) => ({ agent, id: keyId, publicKey })),
    };
    const text = `${JSON.stringify(next, null, 2)}\n`;
    if ((await readIfThere(this.#path)) !== text) await writeAtomically(this.#path, text);
    this.#value = next;
  }
}

/** The keys that may sign the checkpoint of a log, as notes name them. */
export const noteKeysOf = ({ origin, log }: Pick<Trust, 'origin' | 'log'>): NoteKey[] =>
  log.map(({ publicKey }) => ({ name: origin, publicKey: fromBase64(publicKey) }));
