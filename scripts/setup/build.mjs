// The TypeScript build. `tsc -b` finds out by itself what is current, but takes seconds to start: a look at the
// files' times and sizes says in milliseconds whether it has to.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { packages, root, stateFolder } from './paths.mjs';
import { digest, filesBelow, fingerprint, readIfThere, writeStamp } from './stamp.mjs';

const stamp = join(stateFolder, 'build.stamp');

function wanted() {
  const files = packages.flatMap((name) => [
    ...filesBelow(join(root, name, 'src'), (file) => /\.(ts|json)$/.test(file)),
    join(root, name, 'package.json'),
    join(root, name, 'tsconfig.json'),
  ]);
  // The npm stamp stands for the compiler and the types of everything installed.
  const shared = ['tsconfig.json', 'node_modules/.tidegate-stamp'].map((name) => join(root, name));
  return digest([...files, ...shared].map(fingerprint));
}

const built = () => packages.every((name) => existsSync(join(root, name, 'dist/tsconfig.tsbuildinfo')));

export function buildStep() {
  return {
    needed: () => (built() && readIfThere(stamp) === wanted() ? undefined : 'TypeScript build'),
    async run() {
      // Taken first: a file saved while the compiler runs is then newer than the stamp.
      const made = wanted();
      await run('tsc', [join(root, 'node_modules/.bin/tsc'), '-b']);
      writeStamp(stamp, made);
    },
  };
}
