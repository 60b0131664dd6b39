// The end of the story: what the audit repository says, and whether it verifies.
import { execFileSync, spawnSync } from 'node:child_process';
import { readAuditLines, tidegateBin } from '@tidegate/agent/testkit';

const git = (repository, ...args) =>
  execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).trim();

/** Every record in order of the log. */
export const readRecords = (repository) => readAuditLines(repository).map((line) => JSON.parse(line));

/** `git fsck`, `tidegate audit verify`, and the log for people. */
export function closeBooks(repository, trustFile) {
  const fsck = spawnSync('git', ['-C', repository, 'fsck', '--strict', '--no-progress'], {
    encoding: 'utf8',
  });
  const verify = spawnSync(
    process.execPath,
    [tidegateBin, 'audit', 'verify', repository, '--keys', trustFile],
    {
      encoding: 'utf8',
    },
  );
  return {
    log: git(repository, 'log', '--reverse', '--format=%h %s').split('\n'),
    records: readAuditLines(repository).length,
    commits: Number(git(repository, 'rev-list', '--count', 'main')),
    fsck: {
      clean: fsck.status === 0 && (fsck.stdout + fsck.stderr).trim() === '',
      text: fsck.stdout + fsck.stderr,
    },
    verified: verify.status === 0,
    verifyText: (verify.stdout + verify.stderr).trim(),
  };
}
