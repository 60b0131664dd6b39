/**
 * A regular expression over bytes as a table: every state by every byte, worked out once and in full.
 *
 * RE2 alone is linear in the text, but what a byte costs grows with the pattern as soon as the states that it works
 * out on the way do not fit its cache. Here they are worked out beforehand, and a pattern that has more of them than
 * `statesMax` gets no automaton: to match is one look-up a byte, whatever pattern and packet say, and nothing is kept
 * but the table.
 */
import { RE2JS, RE2Set } from 're2js';

/** A state fits a byte of the table: 256 states by 257 columns are 64 KiB at the most, 2 to 3 KiB as a rule. */
export const statesMax = 256;
/**
 * Instructions of the compiled pattern that are looked at while states are worked out. Signatures take some hundreds,
 * the most intricate ones 2,000; 10,000 take some 5 ms.
 */
const visitsMax = 10_000;

export interface Automaton {
  /** Which column of the table a byte looks into; bytes that no state tells apart share one. */
  readonly columnOf: Uint8Array;
  /** Columns of bytes; the end of the text is the column behind them. */
  readonly byteColumns: number;
  /** The next state, by state times (`byteColumns` + 1) plus column. The first state is 0. */
  readonly next: Uint8Array;
  /** 1 where the text matches, whatever follows. */
  readonly certain: Uint8Array;
  /** 1 where the text does not match, whatever follows. */
  readonly dead: Uint8Array;
}

/** `.` is any byte, also a line feed; bytes have no scripts that \p could name. */
const flags = RE2JS.DOTALL | RE2JS.DISABLE_UNICODE_GROUPS;

/** Null where the pattern has too many states. Throws what RE2 says of a pattern that it cannot read. */
export function buildAutomaton(pattern: string): Automaton | null {
  const set = new RE2Set(RE2Set.UNANCHORED, flags);
  set.add(pattern);
  set.compile();
  const table = explore(set.dfa);
  return table === null ? null : withFates(table);
}

/** What of the compiled set is used here: it works out one state at a time, and gives the same one as the same object. */
interface LazyStates {
  readonly prog: { getInst(pc: number): Instruction };
  readonly numClasses: number;
  readonly latin1Class: Int32Array;
  start(input: unknown, position: number): LazyState | null;
  step(state: LazyState, column: number, character: number, anchor: number): LazyState | null;
}
interface Instruction {
  readonly op: number;
  readonly arg: number;
  matchRune(character: number): boolean;
}
interface LazyState {
  /** Whether the text before the last byte matched. */
  readonly isMatch: boolean;
  /** Instructions of the pattern that the text may have come to. */
  readonly nfaStates: readonly number[];
}

/** A place at the beginning of a text, as the engine asks for it. */
const beginningOfText = { context: () => 4 };
const endOfText = -1;
/** The instruction that asks for something between two characters, and bits of its argument: \b and \B. */
const emptyWidth = 4;
const wordBoundaries = 16 | 32;

interface Column {
  /** The engine's number of it. */
  readonly column: number;
  /** A byte of it. */
  readonly character: number;
}
type Table = Omit<Automaton, 'certain' | 'dead'> & { readonly matched: readonly boolean[] };

/** Null where there are too many states, or where it takes too long to say. */
function explore(lazy: LazyStates): Table | null {
  const { columnOf, columns } = columnsOf(lazy);
  const first = lazy.start(beginningOfText, 0);
  if (first === null) return null;
  const states = [first];
  const numbers = new Map([[first, 0]]);
  const rows: number[] = [];
  let visits = 0;
  for (let state = 0; state < states.length; state++) {
    const from = states[state]!;
    const known = new Map<string, LazyState>();
    const keyOf = reachedBy(lazy, from);
    for (const column of columns) {
      const reached = keyOf(column);
      // What matched has matched: nothing behind it needs a state.
      let to = from.isMatch ? from : known.get(reached);
      if (to === undefined) {
        const next = lazy.step(from, column.column, column.character, RE2Set.UNANCHORED);
        visits += from.nfaStates.length;
        if (next === null || visits > visitsMax) return null;
        known.set(reached, next);
        to = next;
      }
      let number = numbers.get(to);
      if (number === undefined) {
        number = states.push(to) - 1;
        if (number >= statesMax) return null;
        numbers.set(to, number);
      }
      rows.push(number);
    }
  }
  const matched = states.map(({ isMatch }) => isMatch);
  return { columnOf, byteColumns: columns.length - 1, next: Uint8Array.from(rows), matched };
}

/**
 * Says what a byte leads on to, for each state: bytes that lead on from the same instructions lead to the same state,
 * which is then worked out once.
 */
function reachedBy({ prog }: LazyStates, { nfaStates }: LazyState): (column: Column) => string {
  const instructions = nfaStates.map((pc) => prog.getInst(pc));
  // Behind a boundary of a word, that the byte itself makes, there are instructions of which nothing is known yet.
  const isOpen = instructions.some(({ op, arg }) => op === emptyWidth && (arg & wordBoundaries) !== 0);
  return ({ character, column }) => {
    if (isOpen || character === endOfText) return `column ${column}`;
    const matching = nfaStates.filter((_, index) => instructions[index]!.matchRune(character));
    const text = String.fromCharCode(character);
    const kind = text === '\n' ? 'line' : /\w/.test(text) ? 'word' : 'other';
    return `${kind} ${matching.join()}`;
  };
}

/** The engine's classes of characters, as far as they hold bytes, with a byte of each; the end of the text is the last. */
function columnsOf(lazy: LazyStates): { columnOf: Uint8Array; columns: Column[] } {
  const columnOf = new Uint8Array(256);
  const columns: Column[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const column = lazy.latin1Class[byte]!;
    const known = columns.findIndex((other) => other.column === column);
    columnOf[byte] = known >= 0 ? known : columns.push({ column, character: byte }) - 1;
  }
  columns.push({ column: lazy.numClasses, character: endOfText });
  return { columnOf, columns };
}

function withFates({ matched, ...table }: Table): Automaton {
  const columns = table.byteColumns + 1;
  const states = matched.length;
  const endsIn = (state: number): boolean => matched[table.next[state * columns + columns - 1]!]!;
  // From where a state of one kind can be reached.
  const leadingTo = (isGoal: (state: number) => boolean): boolean[] => {
    const leads = Array.from({ length: states }, (_, state) => isGoal(state));
    for (let hasChanged = true; hasChanged;) {
      hasChanged = false;
      // Most states lead to later ones: from the end on, one round is nearly enough.
      for (let state = states - 1; state >= 0; state--) {
        if (leads[state]! || matched[state]!) continue;
        const row = table.next.subarray(state * columns, (state + 1) * columns - 1);
        if (!row.some((to) => leads[to]!)) continue;
        leads[state] = true;
        hasChanged = true;
      }
    }
    return leads;
  };
  const canMatch = leadingTo((state) => matched[state]! || endsIn(state));
  const canFail = leadingTo((state) => !matched[state]! && !endsIn(state));
  return {
    ...table,
    certain: Uint8Array.from(canFail, (can) => (can ? 0 : 1)),
    dead: Uint8Array.from(canMatch, (can) => (can ? 0 : 1)),
  };
}

/**
 * Whether the pattern is found in a text.
 *
 * @param isWhole Whether the text ends where the bytes end. Of a text that was cut off, only what holds whatever follows is said.
 */
export function runAutomaton(
  { columnOf, byteColumns, next, certain, dead }: Automaton,
  bytes: Uint8Array,
  from: number,
  isWhole: boolean,
): boolean {
  const columns = byteColumns + 1;
  let state = 0;
  for (let index = from; index < bytes.length; index++) {
    if (certain[state] === 1) return true;
    if (dead[state] === 1) return false;
    state = next[state * columns + columnOf[bytes[index]!]!]!;
  }
  return certain[state] === 1 || (isWhole && certain[next[state * columns + byteColumns]!] === 1);
}
