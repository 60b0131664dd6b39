/** Runs code of this thread inside a network namespace. */
import { closeSync, openSync } from 'node:fs';
import { loadLibrary } from '../../kernel/native.ts';

const cloneNewNet = 0x40000000;
const setns = loadLibrary('libc.so.6').func('int setns(int fd, int type)') as (
  fd: number,
  type: number,
) => number;

/**
 * What `step` opens belongs to the namespace `name` (of /run/netns); afterwards the thread is back where it was.
 * Only synchronous code is inside: a callback runs outside again.
 */
export function inNamespace<T>(name: string, step: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  const there = openSync(`/run/netns/${name}`, 'r');
  try {
    if (setns(there, cloneNewNet) !== 0) throw new Error(`cannot enter the network namespace ${name}`);
    return step();
  } finally {
    setns(home, cloneNewNet);
    closeSync(there);
    closeSync(home);
  }
}
