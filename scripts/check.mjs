// `node scripts/check.mjs`: everything that must hold besides the tests. A step's output is shown when it fails; all
// steps run, so that one round shows everything.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packages, root } from './setup/paths.mjs';

const cruise = ['depcruise', ...packages, 'scripts', 'examples', '--output-type', 'err-long', '--config'];

/** In this order: lint, knip and the generators read what the compiler has built. */
const steps = {
  types: [
    ['tsc', '--build', '--pretty'],
    ['tsc', '--project', 'tsconfig.scripts.json', '--pretty'],
  ],
  lint: [['eslint', '--color', '.']],
  boundaries: [
    [...cruise, '.dependency-cruiser.cjs'],
    [...cruise, '.dependency-cruiser.runtime.cjs'],
  ],
  'unused code': [['knip', '--no-config-hints']],
  format: [['prettier', '--check', '.']],
  'generated files': [['node', 'schemas/dist/generate/main.js', '--check']],
};

let failures = 0;
for (const [name, commands] of Object.entries(steps)) {
  const started = performance.now();
  const outputs = commands.map(run);
  const failed = outputs.filter((output) => output !== undefined);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${failed.length > 0 ? '✗' : '✓'} ${name} (${seconds} s)`);
  for (const output of failed) console.log(output);
  if (failed.length > 0) failures += 1;
}
process.exitCode = failures > 0 ? 1 : 0;

/**
 * @param {string[]} command
 * @returns {string | undefined} its output, when it failed
 */
function run([name = '', ...args]) {
  const file = name === 'node' ? process.execPath : join(root, 'node_modules/.bin', name);
  const { status, error, stdout, stderr } = spawnSync(file, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return undefined;
  return `${stdout ?? ''}${stderr ?? ''}${error ? `${name} could not start: ${error.message}` : ''}`.trimEnd();
}
