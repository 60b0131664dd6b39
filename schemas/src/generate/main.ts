/**
 * Writes what follows from the shapes: JSON Schema files under v1/, validators under src/validate/.
 *
 *     node dist/generate/main.js            writes the files that differ
 *     node dist/generate/main.js --check    writes nothing; exits 1 and names the files that are stale or left over
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputs } from './outputs.ts';

const packageFolder = fileURLToPath(new URL('../../', import.meta.url));

function textOf(path: string): string | null {
  try {
    return readFileSync(join(packageFolder, path), 'utf8');
  } catch {
    return null;
  }
}

/** Schema files of shapes that are no more. */
function leftOver(files: ReadonlyMap<string, string>): string[] {
  mkdirSync(join(packageFolder, 'v1'), { recursive: true });
  const present = readdirSync(join(packageFolder, 'v1')).map((name) => `v1/${name}`);
  return present.filter((path) => !files.has(path));
}

const [option, ...others] = process.argv.slice(2);
if (others.length > 0 || (option !== undefined && option !== '--check')) {
  console.error(`Unknown argument "${others[0] ?? option ?? ''}"; the only one is --check.`);
  process.exit(2);
}
const files = outputs();
const stale = [...files.keys()].filter((path) => textOf(path) !== files.get(path));
const gone = leftOver(files);
if (option === '--check') {
  for (const path of [...stale, ...gone])
    console.error(`schemas/${path} is not what the shapes say; run npm run generate.`);
  process.exitCode = stale.length + gone.length > 0 ? 1 : 0;
} else {
  for (const path of stale) {
    mkdirSync(dirname(join(packageFolder, path)), { recursive: true });
    writeFileSync(join(packageFolder, path), files.get(path) ?? '');
  }
  for (const path of gone) rmSync(join(packageFolder, path));
}
