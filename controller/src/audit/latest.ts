import { TidegateError, type AuditRecord } from '@tidegate/schemas';
import { GitError, gitDirOf, listTree, readBlobs } from '../git/index.ts';
import { parseRecord } from './batch.ts';
import { parseSegmentPath } from './layout.ts';
import { resolveTip } from './repository.ts';

export interface LatestEntry {
  /** Global index. */
  readonly index: number;
  readonly record: AuditRecord;
}

/** The last records of a log, oldest first, unverified. Rejects with TG4011 where there is none to read. */
export async function readLatest(repository: string, limit: number): Promise<LatestEntry[]> {
  const gitDir = gitDirOf(repository);
  try {
    const tip = await resolveTip(gitDir);
    if (tip === null) throw new TidegateError('TG4011', `${repository} has no commit on its branch main`);
    return await readFrom(gitDir, tip, limit);
  } catch (cause) {
    if (!(cause instanceof GitError)) throw cause;
    throw new TidegateError('TG4011', `${repository}: ${cause.message}`, { cause });
  }
}

async function readFrom(gitDir: string, tip: string, limit: number): Promise<LatestEntry[]> {
  const segments = (await listTree(gitDir, tip, { recursive: true, folder: 'log/' }))
    .map((entry) => ({ ...entry, segment: parseSegmentPath(entry.path) }))
    .filter(({ segment }) => segment?.holds === 'records')
    .sort((a, b) => (b.segment?.firstIndex ?? 0) - (a.segment?.firstIndex ?? 0));
  const entries: LatestEntry[] = [];
  const blobs = readBlobs(
    gitDir,
    segments.map(({ id }) => id),
  );
  for (const { path, segment } of segments) {
    const { value, done } = await blobs.next();
    if (done === true || entries.length >= limit) break;
    const lines = value.data.toString('utf8').split('\n').slice(0, -1);
    const read = lines.map((line, offset) => ({
      index: (segment?.firstIndex ?? 0) + offset,
      record: parseRecord(line, `${path}:${offset + 1}`),
    }));
    entries.unshift(...read);
  }
  await blobs.return(undefined);
  return entries.slice(-limit);
}
