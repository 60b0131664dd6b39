import { join } from 'node:path';
import { readIfThere, writeAtomically } from '../state/index.ts';

/**
 * `stateDir/checkpoint`: the last checkpoint that we committed. The controller is a witness of its own log: at the next
 * start the log must go on from there, so that a cut tail or a restored old copy is seen.
 */
export class WitnessFile {
  readonly #path: string;

  constructor(stateDir: string) {
    this.#path = join(stateDir, 'checkpoint');
  }

  read(): Promise<string | null> {
    return readIfThere(this.#path);
  }

  write(checkpoint: string): Promise<void> {
    return writeAtomically(this.#path, checkpoint);
  }
}
