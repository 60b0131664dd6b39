/** What a capture file says in words: whose incident it is, when it was detected, how much the kernel left out. */
import { snapBytes, type Skipped } from './record.ts';

/** What an incident is called, and on whose word it was opened. */
export interface CaptureRequest {
  readonly incident: string;
  readonly family: string;
  readonly target: string;
  /** Of the bundle in force; null where there is none. */
  readonly policyDigest: string | null;
  /** Kernel monotonic time of the detection, ns. */
  readonly detectedNs: number;
}

/** Where a file was made, and how its times became times of day. */
export interface Origin {
  readonly host: string;
  /** Nanoseconds from kernel monotonic time to the time since the epoch. */
  readonly wallOffsetNs: bigint;
}

const fieldCharactersMax = 256;
const clipped = (text: string): string => text.slice(0, fieldCharactersMax);

export const wallTime = (monotonicNs: number, { wallOffsetNs }: Origin): Date =>
  new Date(Number((BigInt(Math.round(monotonicNs)) + wallOffsetNs) / 1_000_000n));

/** One fact a line, for people and for `grep`. */
export function sectionComment(request: CaptureRequest, origin: Origin, skipped: Skipped): string {
  const { torn, fromTheFuture, tooOld } = skipped;
  return [
    `incident: ${clipped(request.incident)}`,
    `family: ${clipped(request.family)}`,
    `target: ${clipped(request.target)}`,
    `policy: ${clipped(request.policyDigest ?? 'none')}`,
    `host: ${clipped(origin.host)}`,
    `detected: ${wallTime(request.detectedNs, origin).toISOString()}`,
    `snap length: ${snapBytes} bytes`,
    `left out: ${torn + fromTheFuture} damaged records, ${tooOld} older than the window`,
  ].join('\n');
}

/**
 * In a flood the share changes several times in each slice of 17 ms: enough for a ring of 16 MiB, and at most 2 % of
 * the file.
 */
export const rateCommentsMax = 4096;
const noComments: readonly string[] = [];

const detectedText = 'detected here';
const noMoreText = '; later changes are not noted';
const rateText = (shift: number): string =>
  shift === 0 ? 'from here on every packet' : `from here on 1 in ${2 ** shift} packets`;

/** The longest comments that one packet can get. */
export const longestComments: readonly string[] = [detectedText, rateText(31) + noMoreText];

/**
 * A function that is given the packets in the order of time, each by its time and the shift of its record, and says
 * what is to be noted at it: where the attack was detected, and where the share of packets that the kernel kept
 * changed, at most 4,096 times.
 */
export function packetComments(detected: number): (time: number, rateShift: number) => readonly string[] {
  let seen = false;
  let shift = 0;
  let changes = 0;
  return (time, rateShift) => {
    const here = !seen && time >= detected;
    const changed = rateShift !== shift && changes < rateCommentsMax;
    if (!here && !changed) return noComments;
    const comments = here ? [detectedText] : [];
    seen ||= here;
    if (changed) {
      shift = rateShift;
      comments.push(rateText(shift) + (++changes === rateCommentsMax ? noMoreText : ''));
    }
    return comments;
  };
}
