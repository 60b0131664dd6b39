// `npm run bench -- NAME [--format json] [bench arguments]` runs PACKAGE/src/bench/NAME.ts as it was built; stdout
// belongs to the bench. Exit code 2 when there is no bench of that name.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packages, root } from './setup/paths.mjs';

const [name = '', ...args] = process.argv.slice(2);
const benches = new Map(packages.flatMap(benchesOf));
const file = benches.get(name);

if (file === undefined) {
  if (name !== '') console.error(`There is no bench "${name}".`);
  console.error(`Benches: ${[...benches.keys()].sort().join(', ') || 'none yet'}`);
  process.exitCode = 2;
} else {
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' });
  // The bench removes what it made on the machine before it ends; the terminal sends it Ctrl-C by itself.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

/**
 * Every source directly in a package's src/bench is a bench; what they share lies in folders below.
 *
 * @param {string} name of the package
 * @returns {[string, string][]} names and built files
 */
function benchesOf(name) {
  const sources = join(root, name, 'src/bench');
  if (!existsSync(sources)) return [];
  return readdirSync(sources)
    .map((source) => /^([^.]+)\.ts$/.exec(source)?.[1])
    .filter((bench) => bench !== undefined)
    .map((bench) => [bench, join(root, name, 'dist/bench', `${bench}.js`)]);
}
