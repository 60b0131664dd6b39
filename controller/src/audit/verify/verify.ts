import { toBase64, TidegateError, type Checkpoint, type Trust } from '@tidegate/schemas';
import { GitError, gitDirOf, listTree, runGit } from '../../git/index.ts';
import { noteKeysOf } from '../../keys/index.ts';
import { reasonOf } from '../../ports.ts';
import { checkpointPath } from '../layout.ts';
import { Ledger } from '../ledger.ts';
import { openCheckpoint } from '../load.ts';
import { readCheckpoint, resolveTip } from '../repository.ts';
import { batchKeys, checkSegment } from './batches.ts';
import { LogFault, type Fault } from './fault.ts';
import { findRewrites, type Rewrite } from './history.ts';
import { readSegments } from './segments.ts';

export interface VerifyOptions {
  /** Path of the audit repository, bare or not. */
  readonly repository: string;
  readonly trust: Trust;
  /** A checkpoint that was kept elsewhere, such as the last one that an agent got: the log must go on from it. */
  readonly witness?: string;
  /** Told now and then how many records are done. */
  readonly onProgress?: (records: number) => void;
}

/** The JSON of `tidegate audit verify --format json`. */
export interface Verification {
  readonly schema: 'tidegate/audit-verification/v1';
  /** Whether the log holds. */
  readonly verified: boolean;
  /** Records that hold; where the log does not, those before the first bad one's batch. */
  readonly records: number;
  readonly agents: number;
  readonly segments: number;
  readonly commits: number;
  readonly tip: string;
  /** Root hash of the records that hold, base64. */
  readonly root: string;
  /** Batches kept beside the log because they contradict it. */
  readonly forks: number;
  /** The first thing that is wrong, null where nothing is. */
  readonly fault: Fault | null;
  /** Commits that changed or removed files of the log, newest first. */
  readonly rewrites: readonly Rewrite[];
}

/** Verifies a log. Rejects with TG4011 where there is none to read; what is wrong with it is in the answer. */
export async function verifyLog(options: VerifyOptions): Promise<Verification> {
  const gitDir = gitDirOf(options.repository);
  try {
    const tip = await resolveTip(gitDir);
    if (tip === null)
      throw new TidegateError('TG4011', `${options.repository} has no commit on its branch main`);
    return await verifyCommit(gitDir, tip, options);
  } catch (cause) {
    if (!(cause instanceof GitError)) throw cause;
    throw new TidegateError('TG4011', `${options.repository}: ${cause.message}`, { cause });
  }
}

async function verifyCommit(gitDir: string, tip: string, options: VerifyOptions): Promise<Verification> {
  const ledger = new Ledger();
  let segments = 0;
  let fault: Fault | null = null;
  const keys = batchKeys(options.trust);
  try {
    for await (const segment of readSegments(gitDir, tip)) {
      checkSegment(segment, ledger, keys);
      segments++;
      options.onProgress?.(ledger.size);
    }
    checkTree(ledger, await readCheckpoint(gitDir, tip), options);
  } catch (error) {
    if (!(error instanceof LogFault)) throw error;
    fault = error.fault;
  }
  const forks = await listTree(gitDir, tip, { recursive: true, folder: 'forks/' });
  return {
    schema: 'tidegate/audit-verification/v1',
    verified: fault === null,
    records: ledger.size,
    agents: ledger.agents,
    segments,
    commits: Number(await runGit(gitDir, ['rev-list', '--count', tip])),
    tip,
    root: toBase64(ledger.tree.root()),
    forks: forks.length,
    fault,
    rewrites: await findRewrites(gitDir, tip),
  };
}

function checkTree(ledger: Ledger, note: string | null, { trust, witness }: VerifyOptions): void {
  const where = { file: checkpointPath };
  if (note === null) throw new LogFault('TG4006', 'the log has no checkpoint', where);
  const checkpoint = open(note, trust, where);
  checkRoot(ledger, checkpoint, 'the checkpoint', where);
  if (checkpoint.size < ledger.size) {
    const message = `the checkpoint covers ${checkpoint.size} records; those from index ${checkpoint.size} on are not covered`;
    throw new LogFault('TG4006', message, { ...where, index: checkpoint.size });
  }
  if (witness !== undefined) checkRoot(ledger, open(witness, trust, {}), 'the witness', {});
}

function checkRoot(ledger: Ledger, { size, root }: Checkpoint, who: string, where: { file?: string }): void {
  if (size > ledger.size) {
    const message = `${who} has seen ${size} records, but the log ends after ${ledger.size}: the tail was cut off`;
    throw new LogFault('TG4006', message, { ...where, index: ledger.size });
  }
  if (!Buffer.from(root).equals(ledger.tree.root(size))) {
    const message = `the first ${size} records are not the ones that ${who} has seen, though each batch of them is signed`;
    throw new LogFault('TG4006', message, where);
  }
}

function open(note: string, trust: Trust, where: { file?: string }): Checkpoint {
  try {
    return openCheckpoint(note, trust.origin, noteKeysOf(trust));
  } catch (error) {
    throw new LogFault('TG4006', reasonOf(error), where);
  }
}
