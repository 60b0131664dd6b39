// What demos, benches and kernel tests make on the machine carries the pid of the process that has to remove it:
// `tg-PID-…` (or `tg_PID_…` where a dash is not allowed). What a dead process left behind is found and removed here.
//
// `node scripts/sweep.mjs` does so by hand.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isAlive } from './setup/lock.mjs';

const namespaceFolder = '/run/netns';
const pinFolder = '/sys/fs/bpf';

/**
 * @typedef {object} Leftover
 * @property {string} what for people: kind and name
 * @property {() => void} remove
 */

/**
 * The process that a name belongs to.
 * @param {string} name
 * @returns {number | undefined} undefined when the name is not of our form
 */
export function ownerOf(name) {
  const pid = /^tg([-_])([1-9]\d*)\1/.exec(name)?.[2];
  return pid === undefined ? undefined : Number(pid);
}

/**
 * @param {string} name
 * @param {(pid: number) => boolean} [alive]
 */
export function isLeftover(name, alive = isAlive) {
  const owner = ownerOf(name);
  return owner !== undefined && !alive(owner);
}

/**
 * Mount points below which a leftover's name stands, deepest first, because a mount with another on top is busy.
 * Namespaces are mounts as well; they are removed as namespaces.
 *
 * @param {string} mountinfo text of /proc/self/mountinfo
 * @param {(pid: number) => boolean} [alive]
 */
export function leftoverMounts(mountinfo, alive = isAlive) {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => !path.startsWith(`${namespaceFolder}/`) && !path.startsWith('/var/run/netns/'))
    .filter((path) => path.split('/').some((name) => isLeftover(name, alive)))
    .sort((a, b) => b.length - a.length);
}

/** Everything of dead processes, in the order in which it can be removed. @returns {Leftover[]} */
export function findLeftovers() {
  // Seeing and removing any of it takes root.
  if (process.getuid?.() !== 0) return [];
  return [...namespaces(), ...tables(), ...pins(), ...mounts()];
}

/**
 * Removes what dead processes left behind.
 * @returns {string[]} what it was
 */
export function sweep() {
  const found = findLeftovers();
  for (const { remove } of found) remove();
  return found.map(({ what }) => what);
}

/** @param {string} folder */
const leftoversIn = (folder) =>
  existsSync(folder) ? readdirSync(folder).filter((name) => isLeftover(name)) : [];

/** @param {string} command @param {string[]} args */
const output = (command, ...args) => spawnSync(command, args, { encoding: 'utf8' }).stdout ?? '';

/** @returns {Leftover[]} */
function namespaces() {
  return leftoversIn(namespaceFolder).map((name) => ({
    what: `network namespace ${name}`,
    remove() {
      // Whoever still runs in there was started by the dead process, and would keep the namespace alive unseen.
      for (const pid of output('ip', 'netns', 'pids', name).split('\n').filter(Boolean)) kill(Number(pid));
      output('ip', 'netns', 'delete', name);
    },
  }));
}

/** @returns {Leftover[]} */
function tables() {
  return output('nft', 'list', 'tables')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , name = '']) => isLeftover(name))
    .map(([, family = '', name = '']) => ({
      what: `nft table ${family} ${name}`,
      remove: () => void output('nft', 'delete', 'table', family, name),
    }));
}

/** @returns {Leftover[]} */
function pins() {
  return leftoversIn(pinFolder).map((name) => ({
    what: `eBPF pins ${join(pinFolder, name)}`,
    remove: () => rmSync(join(pinFolder, name), { recursive: true, force: true }),
  }));
}

/** @returns {Leftover[]} */
function mounts() {
  return leftoverMounts(readFileSync('/proc/self/mountinfo', 'utf8')).map((path) => ({
    what: `mount ${path}`,
    remove: () => void output('umount', '--lazy', path),
  }));
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since it was listed.
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const what of sweep()) console.error(`removed ${what}`);
}
