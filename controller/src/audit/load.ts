import {
  digestOf,
  openNote,
  parseCheckpoint,
  TidegateError,
  type Checkpoint,
  type NoteKey,
  type Trust,
} from '@tidegate/schemas';
import { GitError, listTree, readBlobs } from '../git/index.ts';
import { ed25519Verify, noteKeysOf } from '../keys/index.ts';
import { reasonOf } from '../ports.ts';
import { parseSegmentPath } from './layout.ts';
import { Ledger } from './ledger.ts';
import { readCheckpoint, type AuditRepository } from './repository.ts';

/** The log as it stands in git. */
export interface LoadedLog {
  /** Null before the first commit. */
  readonly tip: string | null;
  readonly ledger: Ledger;
  /** Paths of batches that contradicted the log. */
  readonly forks: Set<string>;
  /** The signed note at the tip, null before the first one. */
  readonly checkpoint: string | null;
}

/**
 * Reads the whole log back from git and holds it against the checkpoint that we signed. Throws TG4006 where it is not
 * what we wrote, TG4008 where it cannot be read.
 */
export async function loadLog(
  repository: AuditRepository,
  trust: Pick<Trust, 'origin' | 'log'>,
): Promise<LoadedLog> {
  const tip = await repository.tip();
  const ledger = new Ledger();
  if (tip === null) return { tip, ledger, forks: new Set(), checkpoint: null };
  const { forks, note } = await replay(repository, tip, ledger);
  if (note === null) {
    if (ledger.size === 0) return { tip, ledger, forks, checkpoint: null };
    throw tampered(`commit ${tip} holds ${ledger.size} records but no checkpoint`);
  }
  const { size, root } = openCheckpoint(note, trust.origin, noteKeysOf(trust));
  if (size !== ledger.size || !Buffer.from(root).equals(ledger.tree.root())) {
    throw tampered(
      `the checkpoint of commit ${tip} is for ${size} records; the ${ledger.size} that are there have another root`,
    );
  }
  return { tip, ledger, forks, checkpoint: note };
}

/** Throws TG4006 where the log does not go on from a checkpoint that was seen before: records were cut or changed. */
export function checkContinues(ledger: Ledger, before: Checkpoint): void {
  const { size, root } = before;
  if (size > ledger.size) throw tampered(`the log had ${size} records before and has ${ledger.size} now`);
  if (!Buffer.from(root).equals(ledger.tree.root(size))) {
    throw tampered(`the first ${size} records are not the ones that were committed before`);
  }
}

/** Opens a checkpoint note and checks its signature and origin. Throws TG4006. */
export function openCheckpoint(note: string, origin: string, keys: readonly NoteKey[]): Checkpoint {
  try {
    const checkpoint = parseCheckpoint(openNote(note, keys, ed25519Verify).body);
    if (checkpoint.origin !== origin) throw tampered(`it is for the log ${checkpoint.origin}, not ${origin}`);
    return checkpoint;
  } catch (cause) {
    throw new TidegateError('TG4006', `the checkpoint does not hold: ${reasonOf(cause)}`, { cause });
  }
}

interface Replayed {
  readonly forks: Set<string>;
  readonly note: string | null;
}

async function replay(repository: AuditRepository, tip: string, ledger: Ledger): Promise<Replayed> {
  try {
    const forks = await replaySegments(repository, tip, ledger);
    return { forks, note: await readCheckpoint(repository.gitDir, tip) };
  } catch (cause) {
    if (!(cause instanceof GitError)) throw cause;
    throw new TidegateError('TG4008', `the audit repository cannot be read: ${cause.message}`, { cause });
  }
}

async function replaySegments(
  repository: AuditRepository,
  tip: string,
  ledger: Ledger,
): Promise<Set<string>> {
  const entries = await listTree(repository.gitDir, tip, { recursive: true });
  const segments = entries
    .map(({ path, id }) => ({ path, id, segment: parseSegmentPath(path) }))
    .filter(({ segment }) => segment?.holds === 'records')
    .sort((a, b) => (a.segment?.firstIndex ?? 0) - (b.segment?.firstIndex ?? 0));
  let next = 0;
  const ids = segments.map(({ id }) => id);
  for await (const { data } of readBlobs(repository.gitDir, ids)) {
    const { path = '', segment } = segments[next++] ?? {};
    if (segment?.firstIndex !== ledger.size) throw tampered(`${path} does not begin at index ${ledger.size}`);
    replaySegment(path, data.toString('utf8'), ledger);
  }
  return new Set(entries.map(({ path }) => path).filter((path) => path.startsWith('forks/')));
}

function replaySegment(path: string, text: string, ledger: Ledger): void {
  const lines = text.split('\n').slice(0, -1);
  for (const [index, line] of lines.entries()) {
    try {
      const { agent, seq, prev } = JSON.parse(line) as { agent: string; seq: number; prev: string | null };
      ledger.append({ agent, seq, prev, text: line, hash: digestOf(line) });
    } catch (cause) {
      throw tampered(`${path}:${index + 1}: ${reasonOf(cause)}`);
    }
  }
}

const tampered = (what: string): TidegateError =>
  new TidegateError(
    'TG4006',
    `the audit repository is not what was written: ${what}; run tidegate audit verify`,
  );
