// npm's packages. `npm ci` erases node_modules and compiles for a minute or two, so it runs only when what
// is installed differs from the lock file, or was compiled for another Node.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './command.mjs';
import { root } from './paths.mjs';
import { digest, readIfThere, writeStamp } from './stamp.mjs';

/** Inside node_modules, so that whatever empties that folder takes the stamp along. */
const stamp = join(root, 'node_modules/.tidegate-stamp');

/** What native parts were compiled for, and with. */
function host() {
  const { arch, platform, versions } = process;
  // npm silently leaves the libpcap binding out where it cannot compile it; try again once it can.
  return digest([versions.modules, arch, platform, String(existsSync('/usr/include/pcap.h'))]);
}

/**
 * @typedef {{ packages: Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }> }} Lockfile
 */

/**
 * Whether what npm noted down as installed (node_modules/.package-lock.json) is what package-lock.json asks for.
 *
 * @param {Lockfile} wanted
 * @param {Lockfile} installed
 */
export function isInstalled(wanted, installed) {
  if (Object.keys(installed.packages).some((path) => !(path in wanted.packages))) return false;
  return Object.entries(wanted.packages).every(([path, entry]) => {
    const there = installed.packages[path];
    // The root itself is not noted down; an optional package may not exist for this platform.
    if (there === undefined) return path === '' || (entry.optional ?? entry.devOptional ?? false);
    return there.version === entry.version && there.integrity === entry.integrity;
  });
}

function isDone() {
  if (readIfThere(stamp) !== host()) return false;
  const noted = readIfThere(join(root, 'node_modules/.package-lock.json'));
  const wanted = readFileSync(join(root, 'package-lock.json'), 'utf8');
  return noted !== undefined && isInstalled(JSON.parse(wanted), JSON.parse(noted));
}

/**
 * The prefix whose `include/node` are the headers of the running Node. With it node-gyp downloads nothing.
 *
 * @param {string[]} prefixes to try
 * @param {string} abi `process.versions.modules`
 */
export function headersPrefix(prefixes, abi) {
  return prefixes.find((prefix) =>
    readIfThere(join(prefix, 'include/node/node_version.h'))?.match(
      new RegExp(`^#define NODE_MODULE_VERSION ${abi}$`, 'm'),
    ),
  );
}

export function npmStep() {
  return {
    needed: () => (isDone() ? undefined : 'npm packages'),
    async run() {
      const nodedir = headersPrefix([dirname(dirname(process.execPath)), '/usr'], process.versions.modules);
      await run('npm', ['npm', 'ci'], nodedir ? { npm_config_nodedir: nodedir } : {});
      writeStamp(stamp, host());
    },
  };
}
