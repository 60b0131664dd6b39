/** What a card does to frames before the kernel, and XDP, see them; asked by ioctl in this thread's network namespace. */
import { closeSync } from 'node:fs';
import koffi from 'koffi';
import { loadLibrary } from './native.ts';

const [inetFamily, datagramSocket] = [2, 2];
const siocEthtool = 0x8946;
const getFlags = 0x25;
/** ETH_FLAG_RXVLAN. */
const stripsVlans = 1 << 8;
/** struct ifreq: the name, then a pointer to struct ethtool_value: command and answer. */
const requestBytes = 40;
const pointerAt = 16;

/** Whether VLAN tags are taken off, so that XDP sees frames without (ethtool: rx-vlan-offload). */
export function takesVlanTagsOff(interfaceName: string): boolean {
  const libc = loadLibrary('libc.so.6');
  const socket = libc.func('int socket(int domain, int type, int protocol)') as (...of: number[]) => number;
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, uint8_t *argument)') as (
    fd: number,
    code: number,
    argument: Uint8Array,
  ) => number;
  const value = Uint32Array.of(getFlags, 0);
  const request = Buffer.alloc(requestBytes);
  request.write(interfaceName, 0, 15, 'latin1');
  request.writeBigUInt64LE(koffi.address(value), pointerAt);
  const fd = socket(inetFamily, datagramSocket, 0);
  if (fd < 0) throw new Error('the kernel gives no socket');
  try {
    return ioctl(fd, siocEthtool, request) === 0 && (value[1]! & stripsVlans) !== 0;
  } finally {
    closeSync(fd);
  }
}
