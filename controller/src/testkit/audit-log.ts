import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64, type Trust } from '@tidegate/schemas';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { AuditRepository, checkBatch, LogWriter, Sequencer, WitnessFile } from '../audit/index.ts';
import { verifyLog, type Verification } from '../audit/verify/index.ts';
import { loadOrMakeKey, TrustFile, type SigningKey } from '../keys/index.ts';
import { TestAgent } from './agent.ts';
import { testFolder, type TestFolder } from './folder.ts';
import { auditFiles, commitAudit, git } from './git.ts';

export type Files = Map<string, string>;

/** A log of 36 records: three agents, four records of each a day, one commit on each of three days. */
export interface AuditLog {
  readonly folder: TestFolder;
  readonly gitDir: string;
  readonly trust: Trust;
  readonly logKey: SigningKey;
  readonly files: ReadonlyMap<string, string>;
  readonly tip: string;
  /** The checkpoint of each day. */
  readonly checkpoints: readonly string[];
}

/** The segments of the log, without their endings. */
export const segments = {
  first: 'log/2026/01/30/000000000000',
  second: 'log/2026/01/31/000000000012',
  third: 'log/2026/02/01/000000000024',
} as const;

/** Makes the log once for a file, and puts its branch back before each test. */
export function useAuditLog(): () => AuditLog {
  let log: AuditLog | null = null;
  const current = (): AuditLog => {
    if (log === null) throw new Error('only inside a test');
    return log;
  };
  beforeAll(async () => {
    log = await makeLog(testFolder());
  });
  beforeEach(() => {
    git(current().gitDir, ['update-ref', 'refs/heads/main', current().tip]);
  });
  afterAll(() => current().folder.remove());
  return current;
}

async function makeLog(folder: TestFolder): Promise<AuditLog> {
  const gitDir = join(folder.path, 'audit.git');
  const logKey = await loadOrMakeKey(join(folder.path, 'log.key'));
  const agents = ['web-1', 'web-2', 'web-3'].map((name) => new TestAgent(name));
  const trustFile = new TrustFile(folder.path, 'test/audit', logKey, logKey);
  await trustFile.setAgents(agents.map(({ name, keyId, publicKey }) => ({ agent: name, keyId, publicKey })));
  const trust = trustFile.value;
  const repository = await AuditRepository.open(gitDir);
  const witness = new WitnessFile(folder.path);
  const log = pino({ level: 'silent' });
  let day = 0;
  const clock = () => Date.UTC(2026, 0, 30 + day);
  const writer = await LogWriter.open({ repository, trust, key: logKey, witness, clock, log });
  const sequencer = new Sequencer({ writer, flushMs: 20, log, onFork: () => undefined });
  const checkpoints: string[] = [];
  for (; day < 3; day++) {
    const batches = agents.map((agent) => checkBatch(agent.nextBatch(4), fromBase64(agent.publicKey)));
    await Promise.all(batches.map((batch) => sequencer.submit(batch)));
    checkpoints.push(readFileSync(join(folder.path, 'checkpoint'), 'utf8'));
  }
  return {
    folder,
    gitDir,
    trust,
    logKey,
    files: auditFiles(gitDir),
    tip: git(gitDir, ['rev-parse', 'main']),
    checkpoints,
  };
}

/** Commits changed files in place of the log's, and verifies what is there then. */
export async function tamper(
  { gitDir, files, trust }: AuditLog,
  change: (files: Files) => Files,
  history: 'keep' | 'drop' = 'drop',
): Promise<Verification> {
  commitAudit(gitDir, { files: change(new Map(files)), history });
  return verifyLog({ repository: gitDir, trust });
}

export const linesOf = (files: Files, path: string): string[] =>
  (files.get(path) ?? '').split('\n').slice(0, -1);

export const putLines = (files: Files, path: string, lines: readonly string[]): Files =>
  files.set(path, lines.map((line) => `${line}\n`).join(''));

export const editLines =
  (path: string, edit: (lines: string[]) => string[]) =>
  (files: Files): Files =>
    putLines(files, path, edit(linesOf(files, path)));

/** A record with another content, in canonical form as before. */
export const edited = (line = ''): string => line.replace('0.9', '0.8');
