import { listTree, readBlobs } from '../../git/index.ts';
import { parseSegmentPath, segmentRecordsMax } from '../layout.ts';
import { LogFault } from './fault.ts';

/** A segment with its signatures, as lines without their newlines. */
export interface Segment {
  readonly path: string;
  readonly firstIndex: number;
  readonly records: readonly string[];
  readonly signaturesPath: string;
  readonly signatures: readonly string[];
}

interface SegmentFiles {
  readonly firstIndex: number;
  readonly path: string;
  readonly id: string;
  readonly signaturesPath: string;
  readonly signaturesId: string;
}

/** The segments of a commit, by index, read through one git process. Throws a LogFault where one is missing. */
export async function* readSegments(gitDir: string, commit: string): AsyncGenerator<Segment> {
  const files = await listSegments(gitDir, commit);
  const blobs = readBlobs(
    gitDir,
    files.flatMap(({ id, signaturesId }) => [id, signaturesId]),
  );
  const next = async (path: string): Promise<string[]> => {
    const { done, value } = await blobs.next();
    return lines(path, done === true ? '' : value.data.toString('utf8'));
  };
  for (const { firstIndex, path, signaturesPath } of files) {
    const records = await next(path);
    const signatures = await next(signaturesPath);
    if (records.length > segmentRecordsMax) {
      throw new LogFault(
        'TG4001',
        `the segment holds ${records.length} records; at most ${segmentRecordsMax} are written`,
        { file: path },
      );
    }
    yield { path, firstIndex, records, signaturesPath, signatures };
  }
}

async function listSegments(gitDir: string, commit: string): Promise<SegmentFiles[]> {
  const byBase = new Map<string, Partial<SegmentFiles> & { firstIndex: number }>();
  for (const { path, id, mode } of await listTree(gitDir, commit, { recursive: true, folder: 'log/' })) {
    const segment = parseSegmentPath(path);
    if (segment === null || mode !== '100644') {
      throw new LogFault('TG4001', `${path} (mode ${mode}) is no file that Tidegate writes`, { file: path });
    }
    const { firstIndex, holds } = segment;
    const base = path.replace(/(\.sigs)?\.jsonl$/, '');
    const known = byBase.get(base) ?? { firstIndex };
    byBase.set(base, {
      ...known,
      ...(holds === 'records' ? { path, id } : { signaturesPath: path, signaturesId: id }),
    });
  }
  return [...byBase]
    .map(([base, files]) => complete(base, files))
    .sort((a, b) => a.firstIndex - b.firstIndex);
}

function complete(base: string, files: Partial<SegmentFiles> & { firstIndex: number }): SegmentFiles {
  const { firstIndex, path, id, signaturesPath, signaturesId } = files;
  if (path === undefined || id === undefined) {
    throw new LogFault('TG4004', `the segment ${base}.jsonl is missing`, {
      file: `${base}.jsonl`,
      index: firstIndex,
    });
  }
  if (signaturesPath === undefined || signaturesId === undefined) {
    throw new LogFault('TG4003', `${base}.sigs.jsonl is missing`, {
      file: `${base}.sigs.jsonl`,
      index: firstIndex,
    });
  }
  return { firstIndex, path, id, signaturesPath, signaturesId };
}

function lines(path: string, text: string): string[] {
  const all = text.split('\n');
  if (all.pop() !== '')
    throw new LogFault('TG4001', 'the last line is cut short', { file: path, line: all.length + 1 });
  return all;
}
