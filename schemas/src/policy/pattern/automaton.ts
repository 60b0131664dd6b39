/**
 * A regular expression over bytes as a table: every state by every byte, worked out once and in full.
 *
 * RE2 alone is linear in the text, but its cost for each byte grows with the pattern where the states it works out on
 * the way do not fit its cache. Here the states are worked out beforehand, and a pattern that has more of them than
 * `statesMax` is no automaton: to match is one look-up a byte, whatever pattern and packet say, and nothing is kept
 * but the table.
 */
import { RE2JS, RE2Set } from 're2js';

/** A state is a byte of the table: 256 states by 257 columns are 64 KiB at the most, and 2 to 3 KiB as a rule. */
export const statesMax = 256;

export interface Automaton {
  /** Which column of the table a byte looks into; bytes that no state tells apart share one. */
  readonly columnOf: Uint8Array;
  /** Columns of bytes; the end of the text is the column behind them. */
  readonly byteColumns: number;
  /** The next state, by state times `byteColumns` + 1, plus column. The first state is 0. */
  readonly next: Uint8Array;
  /** 1 where the text has matched already, whatever follows. */
  readonly accepts: Uint8Array;
  /** 1 where nothing that follows can match any more. */
  readonly dead: Uint8Array;
}

/** What of the compiled set is used here: states that RE2 works out one at a time. */
interface LazyStates {
  readonly numClasses: number;
  readonly latin1Class: Int32Array;
  start(input: unknown, position: number): LazyState | null;
  step(state: LazyState, column: number, byte: number, anchor: number): LazyState | null;
}
interface LazyState {
  readonly isMatch: boolean;
  readonly nfaStates: readonly number[];
}

/** The text of nothing, as the engine reads one: at its start, and with no byte before it. */
const beginning = { context: () => beginOfText, step: () => noByte };
const beginOfText = 1 | 4;
const noByte = -8;
const endOfText = -1;

/** `.` is any byte, also a line feed; bytes have no scripts that \p could name. */
const flags = RE2JS.DOTALL | RE2JS.DISABLE_UNICODE_GROUPS;

/** Null where the pattern has too many states. Throws what RE2 says of a pattern that it cannot read. */
export function buildAutomaton(pattern: string): Automaton | null {
  const set = new RE2Set(RE2Set.UNANCHORED, flags);
  set.add(pattern);
  set.compile();
  return explore(set.dfa as unknown as LazyStates);
}
