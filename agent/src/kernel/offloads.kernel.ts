import { expect, test } from 'vitest';
import { createPair, inNamespace } from '../testkit/frames/index.ts';
import { takesVlanTagsOff } from './offloads.ts';

test('a veth interface takes VLAN tags off, the loopback does not, and one that is not there neither', () => {
  const pair = createPair('o');
  const takes = ['eth0', 'lo', 'none'].map((name) =>
    inNamespace(pair.source.namespace, () => takesVlanTagsOff(name)),
  );
  pair.remove();
  expect(takes).toEqual([true, false, false]);
});
