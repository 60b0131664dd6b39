/** How somebody else's words or bytes for a rule are read: to the end, or to the first thing that cannot be. */
import { canonicalMatch } from './canonical.ts';
import type { FlowspecMatch } from './rule.ts';

export type FlowspecReading =
  { readonly ok: true; readonly match: FlowspecMatch } | { readonly ok: false; readonly reason: string };

/** Thrown inside a reader, never out of one. */
export class Unreadable extends Error {}

/** The canonical rule that `read` gives, or why it gave none. */
export function readingOf(read: () => FlowspecMatch): FlowspecReading {
  try {
    return { ok: true, match: canonicalMatch(read()) };
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, reason: error.message };
    throw error;
  }
}
