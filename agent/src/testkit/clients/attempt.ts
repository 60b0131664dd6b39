/** One try of a legitimate client, and the share of tries that failed in a span of time. */

export interface Attempt {
  readonly kind: 'ping' | 'tcp';
  readonly target: string;
  /** CLOCK_MONOTONIC when it was sent, ns; of a lost ping as near as its neighbours tell. */
  readonly atNs: number;
  readonly ok: boolean;
}

export interface Loss {
  readonly attempts: number;
  readonly lost: number;
  /** 0 to 1; 0 without attempts. */
  readonly share: number;
}

/** What was lost of one kind to one target, sent between two times. */
export function lossOf(
  attempts: readonly Attempt[],
  kind: Attempt['kind'],
  target: string,
  fromNs: number,
  untilNs: number,
): Loss {
  const mine = attempts.filter(
    (a) => a.kind === kind && a.target === target && a.atNs >= fromNs && a.atNs < untilNs,
  );
  const lost = mine.filter((attempt) => !attempt.ok).length;
  return { attempts: mine.length, lost, share: mine.length === 0 ? 0 : lost / mine.length };
}
