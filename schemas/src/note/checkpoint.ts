/** Checkpoints of the audit log (C2SP tlog-checkpoint): the text that a signed note carries. */
import { fromBase64, toBase64 } from '../encoding/bytes.ts';
import { TidegateError } from '../errors/tidegate-error.ts';
import { hashBytes } from '../merkle/hash.ts';

export interface Checkpoint {
  /** Name of the log. */
  readonly origin: string;
  /** Leaves in the tree. */
  readonly size: number;
  /** Root hash, 32 bytes. */
  readonly root: Uint8Array;
}

/** The body of a checkpoint note: origin, size, root, each on its line. */
export const formatCheckpoint = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${toBase64(root)}\n`;

/** Reads the body of a checkpoint note; extension lines after the third are passed over. Else an error TG4007. */
export function parseCheckpoint(body: string): Checkpoint {
  const [origin, sizeText, rootText] = body.split('\n');
  const size = Number(sizeText);
  if (
    !origin ||
    rootText === undefined ||
    !/^(0|[1-9][0-9]*)$/.test(sizeText ?? '') ||
    !Number.isSafeInteger(size)
  ) {
    throw new TidegateError('TG4007', 'The note is not a checkpoint: origin, size and root are expected.');
  }
  const root = fromBase64(rootText);
  if (root.length !== hashBytes) {
    throw new TidegateError(
      'TG4007',
      `The root of the checkpoint has ${root.length} bytes instead of ${hashBytes}.`,
    );
  }
  return { origin, size, root };
}
