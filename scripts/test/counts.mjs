import { counted } from '../setup/counted.mjs';
import { readIfThere } from '../setup/stamp.mjs';

/** In the order in which people read them: from the quickest to the one that needs root. */
const projects = ['unit', 'sim', 'kernel'];

/** @typedef {{ project: string, passed: number, failed: number, skipped: number }} Counts */

/**
 * What counts-reporter.mjs wrote, summed up by project.
 * @param {string} path
 * @returns {Counts[]}
 */
export function readCounts(path) {
  /** @type {Map<string, Counts>} */
  const sums = new Map();
  for (const line of (readIfThere(path) ?? '').split('\n').filter(Boolean)) {
    /** @type {Counts} */
    const file = JSON.parse(line);
    const sum = sums.get(file.project) ?? { project: file.project, passed: 0, failed: 0, skipped: 0 };
    for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) sum[key] += file[key];
    sums.set(file.project, sum);
  }
  return projects.flatMap((project) => sums.get(project) ?? []);
}

/**
 * One line per project and the closing line.
 *
 * @param {Counts[]} counts
 * @param {object} run
 * @param {boolean} run.asRoot
 * @param {number} run.skippedKernelFiles files that this user may not run
 * @param {number} run.leaks things left behind; each counts as a failure
 * @param {number} run.exitCode of vitest
 * @returns {{ lines: string[], ok: boolean }} not ok when anything failed or nothing ran
 */
export function summarise(counts, { asRoot, skippedKernelFiles, leaks, exitCode }) {
  const lines = counts.map(({ project, passed, failed, skipped }) => {
    const as = project === 'kernel' ? ` as ${asRoot ? 'root' : 'an ordinary user'}` : '';
    return `${project}: ${counted(passed + failed, 'test')} ran${as}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  });
  if (skippedKernelFiles > 0) {
    lines.push(
      `kernel: ${counted(skippedKernelFiles, 'test file')} skipped: needs root (namespaces, eBPF, nft)`,
    );
  }
  /** @param {'passed' | 'failed' | 'skipped'} key */
  const total = (key) => counts.reduce((sum, each) => sum + each[key], 0);
  const passed = total('passed');
  let failed = total('failed') + leaks;
  if (counts.length === 0) {
    lines.push('no test ran');
  } else if (exitCode !== 0 && failed === 0) {
    lines.push(`vitest ended with exit code ${exitCode} though no test failed; its output above says why`);
    failed = 1;
  }
  // A skipped file counts as one test: what is inside is known only to those who may load it.
  lines.push(`${passed} passed, ${failed} failed, ${total('skipped') + skippedKernelFiles} skipped`);
  return { lines, ok: failed === 0 && passed > 0 };
}
