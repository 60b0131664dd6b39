/** Interface settings that `ip` cannot change and for which the ethtool command may be missing. */
import { loadLibrary } from '../kernel/native.ts';
import koffi from 'koffi';

const siocEthtool = 0x8946;
const setGro = 0x2c;
const inetFamily = 2;
const datagramSocket = 2;

/** Switches generic receive offload on, for an interface of this thread's network namespace. */
export function enableGro(interfaceName: string): void {
  const libc = loadLibrary('libc.so.6');
  const socket = libc.func('int socket(int domain, int type, int protocol)') as (...args: number[]) => number;
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, uint8_t *argument)') as (
    fd: number,
    request: number,
    argument: Uint8Array,
  ) => number;
  const close = libc.func('int close(int fd)') as (fd: number) => number;
  // struct ethtool_value, which struct ifreq points to behind the interface's name.
  const value = Buffer.from(Uint32Array.of(setGro, 1).buffer);
  const request = Buffer.alloc(40);
  request.write(interfaceName, 0, 15, 'latin1');
  request.writeBigUInt64LE(koffi.address(value), 16);
  const fd = socket(inetFamily, datagramSocket, 0);
  const code = ioctl(fd, siocEthtool, request);
  close(fd);
  if (code !== 0) throw new Error(`GRO cannot be switched on for ${interfaceName}`);
}
