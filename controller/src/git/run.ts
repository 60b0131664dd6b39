import { spawn } from 'node:child_process';
import { hardenedEnvironment } from './environment.ts';

/** A git process that failed; the message is what git said. */
export class GitError extends Error {
  override readonly name = 'GitError';
  readonly exitCode: number | null;

  constructor(command: string, exitCode: number | null, said: string) {
    super(`git ${command}: ${said.trim() === '' ? `ended with ${exitCode ?? 'a signal'}` : said.trim()}`);
    this.exitCode = exitCode;
  }
}

export interface GitOptions {
  /** Given on standard input. */
  readonly input?: string | Uint8Array;
  /** Added to the hardened environment. */
  readonly environment?: Record<string, string>;
  /** The process and its children are killed after this time. @default 60_000 */
  readonly timeoutMs?: number;
}

/**
 * Objects and branches are on the disk before a command that wrote them ends (git leaves loose objects and branches to
 * the page cache by default), and housekeeping never outlives the process that asked for it.
 */
const settings = [
  ...['-c', 'core.fsync=committed,derived-metadata,reference'],
  ...['-c', 'core.fsyncMethod=fsync'],
  ...['-c', 'gc.autoDetach=false'],
];
const outputBytesMax = 256 * 1024 * 1024;
const saidCharactersMax = 2000;

/** Runs one git command on a git folder and returns its output. Rejects with a GitError. */
export async function runGit(
  gitDir: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<Buffer> {
  const { input, environment = {}, timeoutMs = 60_000 } = options;
  const command = args[0] ?? '';
  return new Promise((resolve, reject) => {
    // A session of its own: Ctrl-C on a terminal goes to us alone, so that we end after the commit that is under way.
    const env = { ...hardenedEnvironment(gitDir), ...environment };
    const child = spawn('git', [...settings, ...args], { env, stdio: 'pipe', detached: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let said = '';
    const abort = (why: string): void => {
      said = why;
      killGroup(child.pid);
    };
    const timer = setTimeout(() => abort(`killed after ${timeoutMs} ms`), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > outputBytesMax) abort(`more than ${outputBytesMax} bytes of output`);
      else chunks.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(0, saidCharactersMax);
    });
    child.on('error', (cause) => reject(new GitError(command, null, cause.message)));
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      if (exitCode === 0) resolve(Buffer.concat(chunks));
      else reject(new GitError(command, exitCode, said));
    });
    // git may end before it has read everything; its exit code then says more than the broken pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}
