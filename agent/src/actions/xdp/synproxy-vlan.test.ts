import { expect, test } from 'vitest';
import { vlansAbove } from './synproxy-vlan.ts';

const text = `VLAN Dev name\t | VLAN ID
Name-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD
eth0.7         | 7  | eth0
uplink         | 100  | eth0
eth1.7         | 7  | eth1
`;

test('the VLANs above the watched interfaces are found, whatever they are called', () => {
  expect(vlansAbove(text, ['eth0', 'lo'])).toEqual([
    { name: 'eth0.7', below: 'eth0' },
    { name: 'uplink', below: 'eth0' },
  ]);
  expect(vlansAbove(text, ['eth2'])).toEqual([]);
});
