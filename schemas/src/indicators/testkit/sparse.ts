/** A set as text: the lines of the kernel part that are not zero, and the catalog. The bitmaps alone have 4 MB of zeros. */
import { fromBase64, toBase64, toHex } from '../../encoding/bytes.ts';
import { lineBytes } from '../format.ts';

export interface SparseSet {
  readonly kernelLines: number;
  /** Hexadecimal, by number. */
  readonly lines: Readonly<Record<string, string>>;
  /** Base64. */
  readonly catalog: string;
}

export function toSparse(bytes: Uint8Array, kernelLines: number): SparseSet {
  const lines: Record<string, string> = {};
  for (let line = 0; line < kernelLines; line++) {
    const content = bytes.subarray(line * lineBytes, (line + 1) * lineBytes);
    if (content.some((byte) => byte !== 0)) lines[line] = toHex(content);
  }
  return { kernelLines, lines, catalog: toBase64(bytes.subarray(kernelLines * lineBytes)) };
}

export function fromSparse({ kernelLines, lines, catalog }: SparseSet): Uint8Array {
  const behind = fromBase64(catalog);
  const bytes = new Uint8Array(kernelLines * lineBytes + behind.length);
  for (const [line, hex] of Object.entries(lines)) {
    for (let at = 0; at < lineBytes; at++) {
      bytes[Number(line) * lineBytes + at] = parseInt(hex.slice(at * 2, at * 2 + 2), 16);
    }
  }
  bytes.set(behind, kernelLines * lineBytes);
  return bytes;
}
