/** Reads a file in pieces and keeps copies of everything that it holds. */
import { CaptureReader } from './reader.ts';
import type { CaptureFacts } from './frame.ts';

export interface Collected {
  readonly frames: readonly {
    readonly bytes: Uint8Array;
    readonly originalBytes: number;
    readonly atNs: number;
    readonly linkType: number;
  }[];
  readonly comments: readonly string[];
  readonly facts: CaptureFacts;
}

/** @param pieces Lengths of the pieces, used again and again. @default the whole file at once */
export function collect(file: Uint8Array, pieces: readonly number[] = [file.length]): Collected {
  const frames: Collected['frames'][number][] = [];
  const comments: string[] = [];
  const reader = new CaptureReader({
    frame: ({ bytes, from, to, originalBytes, atNs, linkType }) => {
      if (from > to || to > bytes.length)
        throw new RangeError(`a frame from ${from} to ${to} of ${bytes.length}`);
      frames.push({ bytes: bytes.slice(from, to), originalBytes, atNs, linkType });
    },
    comment: (text) => comments.push(text),
  });
  for (let at = 0, turn = 0; at < file.length; turn++) {
    const end = at + Math.max(1, pieces[turn % pieces.length] ?? 1);
    reader.push(file.subarray(at, end));
    at = end;
  }
  return { frames, comments, facts: reader.end() };
}
