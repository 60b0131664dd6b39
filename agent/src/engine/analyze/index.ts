/**
 * Analyze: what attack is in a capture, and what helps against it.
 *
 * Promises: one pass over the frames, bounded memory (about 45 MB with the reader), no clock and no chance of its own:
 * the same file gives the same report. What is not known is said: no traffic from before, no whole file, no name.
 *
 * ```ts
 * const analysis = new CaptureAnalysis();
 * for await (const chunk of file) analysis.push(chunk);
 * const report = analysis.end();
 * ```
 */
import { TidegateError, addressBytes, parseCidr } from '@tidegate/schemas';
import type { Analysis } from '@tidegate/schemas';
import { CaptureReader } from '../capture-file/index.ts';
import { candidateFor, candidatesOf } from './candidates.ts';
import type { Candidate } from './candidates.ts';
import { report } from './report.ts';
import { Tally, wordsOf } from './tally/index.ts';
import type { Only } from './tally/index.ts';
import { judge } from './verdict.ts';

export { protocolName } from './shares.ts';

export interface AnalyzeOptions {
  /** An address, or an IPv4 /24 or an IPv6 /48, in its canonical text. @default whichever was attacked */
  readonly target?: string;
}

export class CaptureAnalysis {
  readonly #tally: Tally;
  readonly #reader: CaptureReader;
  readonly #target: string | null;

  /** A target of another form is an error TG1007. */
  constructor({ target }: AnalyzeOptions = {}) {
    this.#target = target ?? null;
    this.#tally = new Tally(target === undefined ? null : onlyOf(target));
    this.#reader = new CaptureReader(this.#tally);
  }

  get frames(): number {
    return this.#reader.frames;
  }

  /** Takes the next bytes of the file, unpacked. A file of another format is an error TG5006. */
  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  /**
   * The report. A file of another format is an error TG5006.
   *
   * @param cut What ended the file before its time, such as a compressed file that breaks off.
   */
  end(cut: string | null = null): Analysis {
    const facts = this.#reader.end();
    const tally = this.#tally;
    const verdicts = this.#candidates().map((candidate) => judge(candidate, tally));
    return report(tally, facts, verdicts, cut, this.#target);
  }

  #candidates(): Candidate[] {
    if (this.#target === null) return candidatesOf(this.#tally);
    const candidate = candidateFor(this.#tally, this.#target);
    return candidate === null ? [] : [candidate];
  }
}

function onlyOf(target: string): Only {
  if (!target.includes('/')) return { words: wordsOf(addressBytes(target)), isPrefix: false };
  const { family, length, bytes } = parseCidr(target);
  const followed = family === 4 ? 24 : 48;
  if (length === followed) return { words: wordsOf(bytes), isPrefix: true };
  throw new TidegateError(
    'TG1007',
    `${target}: only an address, an IPv4 /24 or an IPv6 /48 is followed on its own.`,
  );
}
