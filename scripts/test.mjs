// `node scripts/test.mjs [vitest arguments]`: every test that can run here. The last line on stdout is always
// `N passed, N failed, N skipped`; exit code 1 when anything failed, leaked, or when nothing ran.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packages, root } from './setup/paths.mjs';
import { filesBelow } from './setup/stamp.mjs';
import { sweep } from './sweep.mjs';
import { readCounts, summarise } from './test/counts.mjs';
import { removeLeaks, runVariable } from './test/leaks.mjs';

const args = process.argv.slice(2);
const asRoot = process.getuid?.() === 0;
const projects = asRoot ? ['unit', 'sim', 'kernel'] : ['unit', 'sim'];
const kernelFiles = packages.flatMap((name) =>
  filesBelow(join(root, name, 'src'), (file) => file.endsWith('.kernel.ts')),
);

// vitest must end by itself, so that tests can clean up behind them; Ctrl-C reaches it through the terminal.
process.on('SIGINT', () => undefined);

for (const what of sweep()) console.log(`swept before the tests: ${what}, left by a process that is dead`);

const folder = mkdtempSync(join(tmpdir(), `tg-${process.pid}-test-`));
const report = join(folder, 'counts.ndjson');
const exitCode = await runVitest(report);
const counts = readCounts(report);
rmSync(folder, { recursive: true, force: true });

const leaks = await removeLeaks();
for (const leak of leaks) console.log(`LEFT BEHIND by the tests: ${leak}`);

const summary = summarise(counts, {
  asRoot,
  // With chosen files nobody can say which of the kernel files were meant.
  skippedKernelFiles: asRoot || args.length > 0 ? 0 : kernelFiles.length,
  leaks: leaks.length,
  exitCode,
});
for (const line of summary.lines) console.log(line);
process.exitCode = summary.ok ? 0 : 1;

/**
 * @param {string} report the file that the reporter writes to
 * @returns {Promise<number>}
 */
function runVitest(report) {
  const command = [
    'run',
    ...(args.includes('--project') ? [] : projects.flatMap((name) => ['--project', name])),
    '--reporter=default',
    `--reporter=${join(root, 'scripts/test/counts-reporter.mjs')}`,
    ...args,
  ];
  const env = { ...process.env, [runVariable]: String(process.pid), TIDEGATE_TEST_COUNTS: report };
  const child = spawn(join(root, 'node_modules/.bin/vitest'), command, { cwd: root, env, stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`vitest could not start: ${error.message}`);
      resolve(2);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
