import { describe, expect, test } from 'vitest';
import { isLeftover, leftoverMounts, ownerOf } from './sweep.mjs';

/** In these tests process 7 is dead and everybody else is alive. */
const alive = (/** @type {number} */ pid) => pid !== 7;

describe('a name tells the process that has to remove it', () => {
  test.each([
    ['tg-4711-victim', 4711],
    ['tg_4711_drops', 4711],
    ['tg-4711-', 4711],
  ])('%s', (name, pid) => {
    expect(ownerOf(name)).toBe(pid);
  });

  test.each(['tg-victim', 'tg-4711', 'tg-0-x', 'tg-4711_x', 'tidegate', 'my-tg-4711-x', 'tg-47a-x'])(
    '%s is not ours',
    (name) => {
      expect(ownerOf(name)).toBeUndefined();
    },
  );
});

test('only what a dead process left is a leftover', () => {
  expect(
    ['tg-7-a', 'tg_7_b', 'tg-8-a', 'tidegate', 'docker0'].filter((name) => isLeftover(name, alive)),
  ).toEqual(['tg-7-a', 'tg_7_b']);
});

test('mounts are found by their folder, the deepest first; namespaces are not mounts here', () => {
  const mountinfo = [
    '30 1 0:25 / /run/netns/tg-7-victim rw shared:5 - nsfs nsfs rw',
    '31 1 0:26 / /tmp/tg-7-demo rw - tmpfs tmpfs rw',
    '32 31 0:27 / /tmp/tg-7-demo/bpf rw - bpf bpf rw',
    '33 1 0:28 / /tmp/tg-8-demo rw - tmpfs tmpfs rw',
    '34 1 0:29 / /sys/fs/bpf rw - bpf bpf rw',
    '',
  ].join('\n');
  expect(leftoverMounts(mountinfo, alive)).toEqual(['/tmp/tg-7-demo/bpf', '/tmp/tg-7-demo']);
});
